using System.Globalization;
using Moda.Kernels.Cpu;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Inventory;

namespace Moda.Kernels;

/// <summary>Opens a device by the name that users give.</summary>
public static class DeviceSelector
{
    /// <summary>The names that <see cref="Open"/> understands, for messages.</summary>
    public const string Names = "auto, cpu, cuda, cuda:N";

    private const string CudaPrefix = "cuda:";

    /// <summary>Opens a device.</summary>
    /// <param name="name">
    /// <c>auto</c> (the first GPU where CUDA works, else the CPU), <c>cpu</c>, <c>cuda</c> (the first GPU) or <c>cuda:N</c>.
    /// </param>
    /// <param name="precision">How activations are stored; null for the device's own choice.</param>
    /// <param name="gpuMemoryLimit">Bytes of a GPU's memory that may be allocated at one time; null for all that there is.</param>
    /// <returns>The device, which the caller disposes, and why it was taken.</returns>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it can't work at that precision.</exception>
    /// <exception cref="InsufficientMemoryException">The limit does not even allow the buffers of transfers.</exception>
    public static SelectedDevice Open(string name, ElementType? precision = null, long? gpuMemoryLimit = null)
    {
        if (name == "auto")
        {
            return OpenAutomatically(precision, gpuMemoryLimit);
        }

        if (name == "cpu")
        {
            return OpenCpu(precision, "asked for");
        }

        if (!TryGpuOrdinal(name, out int ordinal))
        {
            throw new DeviceUnavailableException($"There is no device '{name}'; known are: {Names}.");
        }

        try
        {
            return new SelectedDevice(OpenCuda(ordinal, precision, gpuMemoryLimit, CudaLibraries.Locate()), "asked for");
        }
        catch (Exception failure) when (IsCudaFailure(failure))
        {
            throw new DeviceUnavailableException($"{name} can't be used: {failure.Message}", failure);
        }
    }

    /// <summary>The number of the GPU that a name means: 0 for <c>cuda</c>, N for <c>cuda:N</c>, whether or not there is one.</summary>
    /// <exception cref="DeviceUnavailableException">It is not the name of a GPU.</exception>
    public static int GpuOrdinal(string name) => TryGpuOrdinal(name, out int ordinal)
        ? ordinal
        : throw new DeviceUnavailableException($"'{name}' is not the name of a GPU; cuda and cuda:N are.");

    private static SelectedDevice OpenAutomatically(ElementType? precision, long? gpuMemoryLimit)
    {
        CudaLibraries libraries = CudaLibraries.Locate();
        CudaInventory inventory = CudaDevices.Enumerate(libraries);
        string? problem = inventory.Problem ?? (libraries.PassedOver.Count == 0 ? null : string.Join("; ", libraries.PassedOver));
        for (int ordinal = 0; inventory.IsUsable && ordinal < inventory.Devices.Count; ordinal++)
        {
            try
            {
                CudaDevice device = OpenCuda(ordinal, precision, gpuMemoryLimit, libraries);
                return new SelectedDevice(device, "the first GPU that CUDA works with" + (problem is null ? string.Empty : $"; {problem}"));
            }
            catch (Exception failure) when (IsCudaFailure(failure))
            {
                problem = problem is null ? failure.Message : $"{problem}; {failure.Message}";
            }
        }

        return OpenCpu(precision, libraries.Found.Count + libraries.PassedOver.Count == 0 ? "neither an NVIDIA driver nor CUDA was found" : $"CUDA can't be used: {problem}");
    }

    private static SelectedDevice OpenCpu(ElementType? precision, string reason) => precision == ElementType.Float16
        ? throw new DeviceUnavailableException(
            $"The CPU device works in float32 only; leave the precision out or ask for f32. It would be taken since {reason}.")
        : new SelectedDevice(new CpuDevice(), reason);

    private static CudaDevice OpenCuda(int ordinal, ElementType? precision, long? gpuMemoryLimit, CudaLibraries libraries) =>
        new(libraries, ordinal, precision ?? ElementType.Float16, gpuMemoryLimit);

    private static bool TryGpuOrdinal(string name, out int ordinal)
    {
        ordinal = 0;
        return name == "cuda" || (name.StartsWith(CudaPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ordinal));
    }

    private static bool IsCudaFailure(Exception failure) =>
        failure is CudaException or CudaUnavailableException or KernelCompilationException or NotSupportedException;
}

/// <summary>A device and why it was taken.</summary>
/// <param name="Device">The device; whoever opened it disposes it.</param>
/// <param name="Reason">A clause for the user, without a full stop.</param>
public readonly record struct SelectedDevice(Device Device, string Reason);

/// <summary>A device that was asked for can't be used.</summary>
public sealed class DeviceUnavailableException : Exception
{
    /// <summary>Says which device and why.</summary>
    public DeviceUnavailableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Inventory;

namespace Moda.Kernels.Selection;

/// <summary>Opens NVIDIA GPUs through CUDA, in float16 unless float32 is asked for.</summary>
internal sealed class CudaProvider : IDeviceProvider
{
    private const string Name = "cuda";
    private const string Prefix = "cuda:";

    /// <inheritdoc/>
    public string Names => "cuda, cuda:N";

    /// <inheritdoc/>
    public int Priority => 100;

    /// <summary>The number of the GPU that a name means: 0 for <c>cuda</c>, N for <c>cuda:N</c>, whether or not there is one.</summary>
    /// <exception cref="DeviceUnavailableException">It is not the name of a GPU.</exception>
    public static int Ordinal(string name) => TryOrdinal(name, out int ordinal)
        ? ordinal
        : throw new DeviceUnavailableException($"'{name}' is not the name of a GPU; cuda and cuda:N are.");

    /// <inheritdoc/>
    public bool Knows(string name) => TryOrdinal(name, out _);

    /// <inheritdoc/>
    public Device Open(string name, DeviceRequest request)
    {
        int ordinal = Ordinal(name);
        try
        {
            return Open(ordinal, request, CudaLibraries.Locate());
        }
        catch (Exception failure) when (IsUnavailable(failure))
        {
            throw new DeviceUnavailableException($"{name} can't be used: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public bool TryOpenBest(DeviceRequest request, [NotNullWhen(true)] out Device? device, out string reason)
    {
        CudaLibraries libraries = CudaLibraries.Locate();
        CudaInventory inventory = CudaDevices.Enumerate(libraries);
        List<string> problems = inventory.Problem is { } problem ? [problem] : [.. libraries.PassedOver];
        for (int ordinal = 0; inventory.IsUsable && ordinal < inventory.Devices.Count; ordinal++)
        {
            try
            {
                device = Open(ordinal, request, libraries);
                reason = string.Join("; ", problems.Prepend("the first GPU that CUDA works with"));
                return true;
            }
            catch (Exception failure) when (IsUnavailable(failure))
            {
                problems.Add(failure.Message);
            }
        }

        device = null;
        reason = libraries.Found.Count + libraries.PassedOver.Count == 0
            ? "neither an NVIDIA driver nor CUDA was found"
            : $"CUDA can't be used: {string.Join("; ", problems)}";
        return false;
    }

    private static CudaDevice Open(int ordinal, DeviceRequest request, CudaLibraries libraries) =>
        new(libraries, ordinal, request.Precision ?? ElementType.Float16, request.MemoryLimit);

    private static bool TryOrdinal(string name, out int ordinal)
    {
        ordinal = 0;
        return name == Name || (name.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ordinal));
    }

    private static bool IsUnavailable(Exception failure) =>
        failure is CudaException or CudaUnavailableException or KernelCompilationException or NotSupportedException;
}

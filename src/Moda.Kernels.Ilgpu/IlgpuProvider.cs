using System.Diagnostics.CodeAnalysis;
using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Kernels.Selection;

namespace Moda.Kernels.Ilgpu;

/// <summary>
/// Opens what ILGPU runs on, in float32. For <c>auto</c> it is asked after CUDA: an NVIDIA GPU whose machine has a driver alone is still
/// far faster than the CPU. OpenCL is used only where it is asked for.
/// </summary>
internal sealed class IlgpuProvider : IDeviceProvider
{
    private const string PrecisionProblem = "ILGPU's devices work in float32 only; leave the precision out or ask for f32";

    /// <inheritdoc/>
    public string Names => AcceleratorName.Forms;

    /// <inheritdoc/>
    public int Priority => 50;

    /// <inheritdoc/>
    public bool Knows(string name) => AcceleratorName.TryParse(name, out _);

    /// <inheritdoc/>
    public Device Open(string name, DeviceRequest request)
    {
        if (!AcceleratorName.TryParse(name, out AcceleratorName? accelerator))
        {
            throw new DeviceUnavailableException($"'{name}' is not the name of a device of ILGPU; known are: {AcceleratorName.Forms}.");
        }

        if (request.Precision is ElementType.Float16)
        {
            throw new DeviceUnavailableException($"{name} can't be used: {PrecisionProblem}.");
        }

        var inventory = AcceleratorInventory.Find();
        AcceleratorName found = accelerator.Kind is null ? inventory.BestGpu() ?? accelerator : accelerator;
        if (inventory.Get(found) is not { } device)
        {
            string known = string.Join(", ", inventory.List().Select(item => item.Name));
            throw new DeviceUnavailableException(
                $"{name} can't be used: ILGPU finds {known} here. {string.Join("; ", inventory.Problems)}.");
        }

        return Open(device, found, request);
    }

    /// <inheritdoc/>
    public bool TryOpenBest(DeviceRequest request, [NotNullWhen(true)] out Device? device, out string reason)
    {
        device = null;
        if (request.Precision is ElementType.Float16)
        {
            reason = PrecisionProblem;
            return false;
        }

        var inventory = AcceleratorInventory.Find();
        var first = new AcceleratorName(AcceleratorType.Cuda, 0);
        if (inventory.Get(first) is not { } gpu)
        {
            reason = string.Empty;
            return false;
        }

        try
        {
            device = Open(gpu, first, request);
            reason = "the first GPU that ILGPU works with";
            return true;
        }
        catch (DeviceUnavailableException failure)
        {
            reason = failure.Message.TrimEnd('.');
            return false;
        }
    }

    private static IlgpuDevice Open(ILGPU.Runtime.Device device, AcceleratorName name, DeviceRequest request)
    {
        OpenAccelerator? accelerator = null;
        try
        {
            accelerator = new OpenAccelerator(device, name, request.MemoryLimit);
            return new IlgpuDevice(accelerator, usesTiles: name.Kind != AcceleratorType.CPU);
        }
        catch (Exception failure) when (failure is AcceleratorException or NotSupportedException or InternalCompilerException)
        {
            accelerator?.Dispose();
            throw new DeviceUnavailableException($"{name} can't be used: {failure.Message}", failure);
        }
        catch
        {
            accelerator?.Dispose();
            throw;
        }
    }
}

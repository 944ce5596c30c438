using Moda.Kernels.Fused;
using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu;

/// <summary>
/// The op set on what ILGPU runs on: NVIDIA GPUs with a driver alone, OpenCL devices, and ILGPU's simulator. Kernels are C# methods that
/// ILGPU compiles when they are first launched. Activations are float32; results are the same bits each time. Ops are queued and return
/// at once, but for the simulator; a fault shows up in a later call. One thread at a time; each further thread has a queue of its own
/// (<see cref="CreateQueue"/>).
/// </summary>
internal sealed partial class IlgpuDevice : Device, IFusedSpade, IFusedSparseMotion
{
    private readonly OpenAccelerator accelerator;
    private readonly KernelSet kernels;
    private readonly IlgpuQueue queue;
    private readonly bool sharesAccelerator;

    /// <summary>Takes an accelerator, which the device owns.</summary>
    /// <param name="accelerator">The accelerator.</param>
    /// <param name="usesTiles">Whether kernels may have barriers, which ILGPU's simulator is slow at.</param>
    /// <param name="multiprocessors">What tiles are spread over; null for the accelerator's own number.</param>
    public IlgpuDevice(OpenAccelerator accelerator, bool usesTiles, int? multiprocessors = null)
    {
        this.accelerator = accelerator;
        kernels = new KernelSet(accelerator.Accelerator, usesTiles, multiprocessors ?? accelerator.Accelerator.NumMultiprocessors);
        queue = new IlgpuQueue(accelerator);
    }

    // Another queue of the same device: it shares accelerator, kernels and parameters.
    private IlgpuDevice(IlgpuDevice other)
    {
        sharesAccelerator = true;
        accelerator = other.accelerator;
        kernels = other.kernels;
        queue = new IlgpuQueue(accelerator);
    }

    /// <inheritdoc/>
    public override string Name => accelerator.Name;

    /// <inheritdoc/>
    public override ElementType ActivationType => ElementType.Float32;

    /// <inheritdoc/>
    public override int RowAlignment => 16;

    /// <inheritdoc/>
    public override bool IsAsynchronous => accelerator.IsAsynchronous;

    /// <inheritdoc/>
    public override DeviceMemory AllocateMemory(long byteLength) => accelerator.Allocate(byteLength);

    /// <inheritdoc/>
    public override Device CreateQueue() => new IlgpuDevice(this);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, destination.Shape.ElementCount, nameof(values));
        kernels.Transfers.Write(queue, values, destination);
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        kernels.Transfers.Read(queue, source, values);
    }

    /// <inheritdoc/>
    public override void ReadBytes(Tensor source, Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        kernels.Transfers.ReadBytes(queue, source, values);
    }

    /// <inheritdoc/>
    public override void Synchronize() => queue.Synchronize();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        queue.Dispose();
        if (!sharesAccelerator)
        {
            accelerator.Dispose();
        }
    }
}

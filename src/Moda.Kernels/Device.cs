using Moda.Kernels.Parameters;

namespace Moda.Kernels;

/// <summary>
/// A processor that runs the op set. Networks never call it: they call <c>Workspace</c>, which checks shapes, plans memory and
/// calls the device. A new device implements this class and nothing else. It may also implement the interfaces of
/// <c>Moda.Kernels.Fused</c>, whose ops are composed of these otherwise.
/// </summary>
/// <remarks>
/// Every op takes its output explicitly and writes all of it. It may assume that shapes were checked. Inputs and outputs may have gaps
/// between positions (<see cref="Tensor.RowStride"/>). An output is never also an input unless the op says so. Ops on one device run
/// in the order of their calls.
///
/// The bytes of a batch element must not depend on the other elements of the batch, nor on how many there are. Some ops choose among
/// kernels that round differently. Such an op gets the <see cref="BatchPlan"/>, and chooses by the planned number of elements alone.
/// </remarks>
public abstract partial class Device : IDisposable
{
    /// <summary>The name that messages show: <c>cpu (512-bit SIMD, 2 threads)</c>, <c>cuda:0 NVIDIA H200</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How activations and parameters are stored.</summary>
    public abstract ElementType ActivationType { get; }

    /// <summary>Alignment in bytes that every tensor's first element gets in an arena.</summary>
    public virtual int Alignment => 256;

    /// <summary>Alignment in bytes at which the device reads positions fastest; 1 where it makes no difference.</summary>
    public virtual int RowAlignment => 1;

    /// <summary>Whether the device records forwards (<see cref="Capture"/>) and replays them, instead of being called again for each op.</summary>
    public virtual bool RecordsForwards => false;

    /// <summary>
    /// Whether an op returns before it has ended: the device runs it while the host goes on. Independent work then gains by
    /// <see cref="CreateQueue">queues</see> of its own, and by running on the device what the host would otherwise do.
    /// </summary>
    public virtual bool IsAsynchronous => false;

    /// <summary>What a user should know about how the device runs, as a clause without a full stop; null when there is nothing.</summary>
    internal virtual string? Remark => null;

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public abstract DeviceMemory AllocateMemory(long byteLength);

    /// <summary>Copies float32 values from the host into a tensor, converting to its element type.</summary>
    /// <param name="values">Row-major, exactly as many as the tensor has elements.</param>
    /// <param name="destination">The tensor.</param>
    public abstract void Write(ReadOnlySpan<float> values, Tensor destination);

    /// <summary>Copies a tensor to the host as float32 values, after everything before it has finished.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="values">Row-major, exactly as many as the tensor has elements.</param>
    public abstract void Read(Tensor source, Span<float> values);

    /// <summary>Copies a tensor of values in [0, 1] to the host as bytes: clipped, times 255, truncated; NaN becomes 0.</summary>
    /// <param name="source">The tensor, for instance an image [H, W, 3].</param>
    /// <param name="values">Row-major, exactly as many as the tensor has elements.</param>
    public abstract void ReadBytes(Tensor source, Span<byte> values);

    /// <summary>Packs a linear layer's weights into memory of the store.</summary>
    protected internal abstract LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs);

    /// <summary>Packs a convolution's weights into memory of the store.</summary>
    protected internal abstract ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry);

    /// <summary>Waits until every op called so far has ended. A device whose ops end before they return does nothing.</summary>
    /// <remarks>Reading a tensor waits by itself. Measuring time needs this, and so does memory that another queue is to read.</remarks>
    public virtual void Synchronize()
    {
    }

    /// <summary>
    /// Creates another queue of ops on the same processor, for use by another thread. Its ops may run at the same time as this
    /// device's. Both queues use each other's memory and parameters; what one has written is visible to the other after
    /// <see cref="Synchronize"/> or a read. Where both have work, this device's may go first.
    /// </summary>
    /// <returns>The queue. The caller disposes it before this device.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left for the queue's buffers.</exception>
    public abstract Device CreateQueue();

    /// <summary>
    /// Records the ops that an action calls, without running them, so that they can be replayed with the same addresses.
    /// The action has run once before, so an op finds everything that it creates at its first call.
    /// A device that does not record returns null; the action is then called again each time.
    /// </summary>
    protected internal virtual IReplay? Capture(Action record) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the device holds. Memory blocks must have been disposed before.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}

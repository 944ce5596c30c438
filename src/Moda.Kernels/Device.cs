namespace Moda.Kernels;

/// <summary>
/// A processor that carries out the op set. Networks never see it: they call <see cref="Workspace"/>, which checks shapes,
/// plans memory and calls the device. A new device implements this class and nothing else.
/// </summary>
/// <remarks>
/// Every op takes its output explicitly, writes all of it, and may assume that shapes were checked.
/// Inputs and outputs may have gaps between positions (<see cref="Tensor.RowStride"/>). An output is never also an input
/// unless the op says so. Ops on one device run in the order of their calls.
///
/// The bytes of a batch element depend neither on the others nor on their number, for one planned number (<see cref="BatchPlan"/>): an op
/// that chooses among kernels whose sums differ is told the plan, and looks at nothing else that grows with the batch. Other ops give an
/// element the same bytes in any company.
/// </remarks>
public abstract partial class Device : IDisposable
{
    /// <summary>What a user would call it: <c>cpu (AVX-512, 2 threads)</c>, <c>cuda:0 NVIDIA H200</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How activations and parameters are stored.</summary>
    public abstract ElementType ActivationType { get; }

    /// <summary>Alignment in bytes that every tensor's first element gets in an arena.</summary>
    public virtual int Alignment => 256;

    /// <summary>Alignment in bytes at which the device reads positions faster than elsewhere; an element where it does not care.</summary>
    public virtual int RowAlignment => 1;

    /// <summary>Whether the device records forwards (<see cref="Capture"/>) rather than being called again for each op.</summary>
    public virtual bool RecordsForwards => false;

    /// <summary>
    /// Whether an op returns before it has ended: the device runs it while the host goes on. Independent work then gains by
    /// <see cref="CreateQueue">queues</see> of its own, and by running on the device what the host would otherwise do.
    /// </summary>
    public virtual bool IsAsynchronous => false;

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

    /// <summary>
    /// Packs a convolution whose outputs are SPADE's gammas, then as many betas, for <see cref="ConvolutionModulate"/> where the device can
    /// carry that out with them (<see cref="ConvolutionWeights.Modulates"/>), else for <see cref="Convolution"/>.
    /// </summary>
    protected internal virtual ConvolutionWeights PrepareModulation(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        PrepareConvolution(store, weight, bias, geometry);

    /// <summary>Waits until every op called so far has ended. A device that ends each op before it returns does nothing.</summary>
    /// <remarks>Reading a tensor waits by itself; this is for those who measure time.</remarks>
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
    /// Records the ops that an action calls, without carrying them out, so that they can be replayed with the same addresses.
    /// The same action has been called once before, so that whatever is made at the first call of an op is there.
    /// A device that gains nothing by it returns null, and the action is called again instead.
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

/// <summary>A recorded sequence of ops.</summary>
public interface IReplay : IDisposable
{
    /// <summary>Carries the ops out again, with the addresses they were recorded with.</summary>
    void Run();
}

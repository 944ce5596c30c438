using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>
/// A queue of work on a device, done in its order. Calls that queue something want the context entered and return at once;
/// a fault of the device shows up in a later call, which then names the last kernel that was launched.
/// </summary>
internal sealed unsafe class CudaStream : ContextHandle
{
    private CudaStream(nint handle, CudaContext context)
        : base(handle, context)
    {
    }

    /// <summary>The kernel that was launched last, for errors that show up after it.</summary>
    public string? LastKernel { get; set; }

    /// <summary>Whether work is being recorded into a graph.</summary>
    public bool IsCapturing
    {
        get
        {
            CaptureStatus status;
            Context.Check(Driver.StreamIsCapturing(Value, &status), "cuStreamIsCapturing");
            return status != CaptureStatus.None;
        }
    }

    protected override delegate* unmanaged<nint, int> Releaser => Driver.StreamDestroy;

    /// <summary>Creates a stream that never waits for the legacy default stream.</summary>
    /// <param name="context">Its context.</param>
    /// <param name="priority">Whose kernels begin first where several streams have some.</param>
    public static CudaStream Create(CudaContext context, StreamPriority priority = StreamPriority.Usual)
    {
        using ContextScope scope = context.Enter();
        nint handle;
        context.Check(
            context.Driver.StreamCreateWithPriority(&handle, StreamFlags.NonBlocking, priority), "cuStreamCreateWithPriority");
        return new CudaStream(handle, context);
    }

    /// <summary>Waits until everything queued is done.</summary>
    /// <exception cref="CudaException">A kernel failed.</exception>
    public void Synchronize()
    {
        int status = Driver.StreamSynchronize(Value);
        if (status != 0)
        {
            throw Context.Failure(status, "cuStreamSynchronize", LastKernel is null ? null : $"The last kernel launched was {LastKernel}.");
        }
    }

    /// <summary>Lets what is queued after this wait for a mark, which may lie in another stream.</summary>
    public void Wait(CudaEvent mark) => Context.Check(Driver.StreamWaitEvent(Value, mark.Value, 0), "cuStreamWaitEvent");

    /// <summary>Queues a copy to the device. From pinned memory it runs beside the host, which must leave the bytes alone until it is done.</summary>
    /// <exception cref="CudaException">The range is not one of the device.</exception>
    public void CopyToDevice(ReadOnlySpan<byte> source, ulong destination)
    {
        fixed (byte* bytes = source)
        {
            int status = Driver.CopyHostToDeviceAsync(destination, bytes, (nuint)source.Length, Value);
            ThrowIfCopyFailed(status, "cuMemcpyHtoDAsync_v2", source.Length);
        }
    }

    /// <summary>Queues a copy to the host. Into pinned memory it runs beside the host, which reads the bytes after <see cref="Synchronize"/>.</summary>
    /// <exception cref="CudaException">The range is not one of the device.</exception>
    public void CopyToHost(ulong source, Span<byte> destination)
    {
        fixed (byte* bytes = destination)
        {
            int status = Driver.CopyDeviceToHostAsync(bytes, source, (nuint)destination.Length, Value);
            ThrowIfCopyFailed(status, "cuMemcpyDtoHAsync_v2", destination.Length);
        }
    }

    /// <summary>Queues a copy on the device.</summary>
    /// <exception cref="CudaException">A range is not one of the device.</exception>
    public void CopyOnDevice(ulong source, ulong destination, long byteLength) => ThrowIfCopyFailed(
        Driver.CopyDeviceToDeviceAsync(destination, source, (nuint)byteLength, Value), "cuMemcpyDtoDAsync_v2", byteLength);

    /// <summary>Queues setting every byte of a range.</summary>
    public void Fill(ulong destination, byte value, long byteLength) => ThrowIfCopyFailed(
        Driver.FillBytesAsync(destination, value, (nuint)byteLength, Value), "cuMemsetD8Async", byteLength);

    /// <summary>Queues setting every 32-bit word of a range; the address is a multiple of 4.</summary>
    public void FillWords(ulong destination, uint value, long count) => ThrowIfCopyFailed(
        Driver.FillWordsAsync(destination, value, (nuint)count, Value), "cuMemsetD32Async", count * sizeof(uint));

    /// <summary>Records what is queued from now on instead of doing it, until <see cref="EndCapture"/>.</summary>
    /// <remarks>Relaxed: libraries may load their kernels meanwhile, which counts as unsafe in the stricter modes.</remarks>
    public void BeginCapture() => Context.Check(Driver.StreamBeginCapture(Value, CaptureMode.Relaxed), "cuStreamBeginCapture_v2");

    /// <summary>Ends recording.</summary>
    /// <exception cref="CudaException">A call in between can't be recorded; the stream works again.</exception>
    public CudaGraph EndCapture()
    {
        nint graph;
        Context.Check(Driver.StreamEndCapture(Value, &graph), "cuStreamEndCapture");
        return new CudaGraph(graph, Context);
    }

    /// <summary>Ends recording and drops what was recorded, after something in between failed.</summary>
    public void AbandonCapture()
    {
        nint graph = 0;
        _ = Driver.StreamEndCapture(Value, &graph);
        if (graph != 0)
        {
            new CudaGraph(graph, Context).Dispose();
        }
    }

    private void ThrowIfCopyFailed(int status, string call, long byteLength)
    {
        if (status != 0)
        {
            throw Context.Failure(status, call, $"{byteLength:N0} bytes; the last kernel launched was {LastKernel ?? "none"}.");
        }
    }
}

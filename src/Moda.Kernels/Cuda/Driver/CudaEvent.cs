using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>A mark in a stream: work of another stream can wait for it, and time is measured between two.</summary>
internal sealed unsafe class CudaEvent : ContextHandle
{
    private CudaEvent(nint handle, CudaContext context)
        : base(handle, context)
    {
    }

    /// <summary>Whether everything before the mark is done. True before the first <see cref="Record"/>.</summary>
    /// <exception cref="CudaException">A kernel before it failed.</exception>
    public bool IsReached
    {
        get
        {
            const int NotReady = 600;
            int status = Driver.EventQuery(Value);
            if (status == NotReady)
            {
                return false;
            }

            Context.Check(status, "cuEventQuery");
            return true;
        }
    }

    protected override delegate* unmanaged<nint, int> Releaser => Driver.EventDestroy;

    /// <summary>Creates a mark.</summary>
    /// <param name="context">The context.</param>
    /// <param name="timing">Whether time is measured with it, which makes it slower.</param>
    public static CudaEvent Create(CudaContext context, bool timing)
    {
        using ContextScope scope = context.Enter();
        nint handle;
        EventFlags flags = timing ? EventFlags.Default : EventFlags.DisableTiming;
        context.Check(context.Driver.EventCreate(&handle, flags), "cuEventCreate");
        return new CudaEvent(handle, context);
    }

    /// <summary>Puts the mark behind everything queued on a stream so far. Wants the context entered.</summary>
    public void Record(CudaStream stream) => Context.Check(Driver.EventRecord(Value, stream.Value), "cuEventRecord");

    /// <summary>Waits until everything before the mark is done.</summary>
    /// <exception cref="CudaException">A kernel before it failed.</exception>
    public void Synchronize() => Context.Check(Driver.EventSynchronize(Value), "cuEventSynchronize");

    /// <summary>Milliseconds from another mark to this one; both were created for timing and are reached.</summary>
    public float MillisecondsSince(CudaEvent start)
    {
        float milliseconds;
        Context.Check(Driver.EventElapsedTime(&milliseconds, start.Value, Value), "cuEventElapsedTime");
        return milliseconds;
    }
}

using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda;

/// <summary>Times work of a device by two marks in its stream: the GPU's own clock, without the host's way to it. One thread at a time.</summary>
internal sealed class CudaTimer : IDisposable
{
    private const double MillisecondsPerSecond = 1000;

    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly CudaEvent start;
    private readonly CudaEvent end;

    /// <summary>Creates the marks. The timer must be disposed before the device.</summary>
    public CudaTimer(CudaContext context, CudaStream stream)
    {
        this.context = context;
        this.stream = stream;
        start = CudaEvent.Create(context, timing: true);
        end = CudaEvent.Create(context, timing: true);
    }

    /// <summary>Marks the beginning, behind everything queued so far.</summary>
    public void Start()
    {
        using ContextScope scope = context.Enter();
        start.Record(stream);
    }

    /// <summary>Marks the end, waits for it, and gives the seconds between both marks.</summary>
    public double Stop()
    {
        using ContextScope scope = context.Enter();
        end.Record(stream);
        end.Synchronize();
        return end.MillisecondsSince(start) / MillisecondsPerSecond;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        end.Dispose();
        start.Dispose();
    }
}

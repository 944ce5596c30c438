using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Execution;

/// <summary>
/// What belongs to one queue of work on a GPU: the stream, the launcher of its kernels, scratch memory, buffers for transfers, and the
/// matrix products that are planned for it. One thread uses it at a time. Context, kernels and parameters belong to the device.
/// </summary>
internal sealed class CudaQueue : IDisposable
{
    /// <summary>Creates a queue on a device's context.</summary>
    /// <param name="context">The context; the queue does not own it.</param>
    /// <param name="budget">What scratch memory and buffers are counted in.</param>
    /// <param name="matmul">cuBLASLt; the queue does not own it.</param>
    /// <param name="ranges">Profiler ranges, or null.</param>
    /// <param name="priority">Which queue's kernels start first when several queues have work.</param>
    /// <param name="pieceCount">Buffers for transfers: <see cref="CudaTransfers.WeightPieces"/> or <see cref="CudaTransfers.FramePieces"/>.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left for the buffers.</exception>
    public CudaQueue(
        CudaContext context, DeviceMemoryBudget budget, CublasLtHandle matmul, NvtxApi? ranges, StreamPriority priority, int pieceCount)
    {
        Context = context;
        Stream = CudaStream.Create(context, priority);
        using var created = new DisposalStack(Stream);
        Launcher = new CudaLauncher(Stream, ranges);
        MatmulPlans = created.Add(new MatmulPlans(matmul));
        Scratch = created.Add(new CudaScratch(context, Stream, budget));
        Transfers = created.Add(new CudaTransfers(context, Stream, budget, pieceCount));
        created.Release();
    }

    /// <summary>The device's name, for errors.</summary>
    public required string DeviceName { get; init; }

    /// <summary>How activations are stored.</summary>
    public required ElementType ActivationType { get; init; }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The GPU's multiprocessors.</summary>
    public int Multiprocessors => Context.Device.MultiprocessorCount;

    /// <summary>The stream.</summary>
    public CudaStream Stream { get; }

    /// <summary>Launches kernels on the stream.</summary>
    public CudaLauncher Launcher { get; }

    /// <summary>The matrix products that were asked for so far.</summary>
    public MatmulPlans MatmulPlans { get; }

    /// <summary>Memory that lives as long as one op.</summary>
    public CudaScratch Scratch { get; }

    /// <summary>Moves values between host and device.</summary>
    public CudaTransfers Transfers { get; }

    /// <summary>Makes the context current on this thread until the scope is disposed.</summary>
    public ContextScope Enter() => Context.Enter();

    /// <summary>Queues a kernel. The context must be entered.</summary>
    public void Launch(CudaFunction function, in LaunchConfiguration configuration, ref readonly KernelArguments arguments) =>
        Launcher.Launch(function, configuration, in arguments);

    /// <summary>Queues a kernel with one thread for each of a number of elements. The context must be entered.</summary>
    public void LaunchForElements(CudaFunction function, long count, ref readonly KernelArguments arguments) =>
        Launcher.Launch(function, LaunchConfiguration.ForElements(count), in arguments);

    /// <summary>Records what an action queues, without carrying it out.</summary>
    public CudaReplay Record(Action record)
    {
        using ContextScope scope = Enter();
        bool waits = Launcher.WaitsForEachKernel;
        Launcher.WaitsForEachKernel = false;
        Stream.BeginCapture();
        try
        {
            record();
        }
        catch
        {
            Stream.AbandonCapture();
            throw;
        }
        finally
        {
            Launcher.WaitsForEachKernel = waits;
        }

        using CudaGraph graph = Stream.EndCapture();
        return new CudaReplay(Context, Stream, Scratch, graph.Instantiate());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Transfers.Dispose();
        Scratch.Dispose();
        MatmulPlans.Dispose();
        Stream.Dispose();
    }
}

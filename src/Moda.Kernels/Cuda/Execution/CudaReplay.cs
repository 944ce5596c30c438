using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Execution;

/// <summary>A forward as a graph, launched as a whole.</summary>
internal sealed class CudaReplay : IReplay
{
    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly CudaScratch scratch;
    private readonly CudaGraphExec graph;

    /// <summary>Takes ownership of a graph that was recorded on a stream with the scratch memory as it is.</summary>
    public CudaReplay(CudaContext context, CudaStream stream, CudaScratch scratch, CudaGraphExec graph)
    {
        this.context = context;
        this.stream = stream;
        this.scratch = scratch;
        this.graph = graph;
        scratch.BeginRecording();
    }

    /// <inheritdoc/>
    public void Run()
    {
        using ContextScope scope = context.Enter();
        graph.Launch(stream);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!graph.IsClosed)
        {
            graph.Dispose();
            scratch.EndRecording();
        }
    }
}

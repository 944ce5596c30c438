namespace Moda.Kernels.Cuda.Driver;

/// <summary>A recorded sequence of work.</summary>
internal sealed unsafe class CudaGraph : ContextHandle
{
    /// <summary>Takes ownership of a graph that a stream recorded.</summary>
    internal CudaGraph(nint handle, CudaContext context)
        : base(handle, context)
    {
    }

    /// <summary>How many kernels, copies and fills it consists of.</summary>
    public int NodeCount
    {
        get
        {
            nuint count;
            Context.Check(Driver.GraphGetNodes(Value, null, &count), "cuGraphGetNodes");
            return (int)count;
        }
    }

    protected override delegate* unmanaged<nint, int> Releaser => Driver.GraphDestroy;

    /// <summary>Prepares the graph for launching. The graph itself is not needed afterwards.</summary>
    public CudaGraphExec Instantiate()
    {
        using ContextScope scope = Context.Enter();
        nint executable;
        Context.Check(Driver.GraphInstantiateWithFlags(&executable, Value, 0), "cuGraphInstantiateWithFlags");
        return new CudaGraphExec(executable, Context);
    }
}

/// <summary>A graph that is ready to be launched again and again, with the addresses it was recorded with.</summary>
internal sealed unsafe class CudaGraphExec : ContextHandle
{
    /// <summary>Takes ownership of a graph that was just instantiated.</summary>
    internal CudaGraphExec(nint handle, CudaContext context)
        : base(handle, context)
    {
    }

    protected override delegate* unmanaged<nint, int> Releaser => Driver.GraphExecDestroy;

    /// <summary>Queues the whole graph. Wants the context entered.</summary>
    public void Launch(CudaStream stream) => Context.Check(Driver.GraphLaunch(Value, stream.Value), "cuGraphLaunch");
}

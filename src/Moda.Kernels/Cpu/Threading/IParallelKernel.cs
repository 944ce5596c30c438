namespace Moda.Kernels.Cpu.Threading;

/// <summary>The body of a parallel loop: a struct of pointers and sizes, so that a loop allocates nothing.</summary>
internal interface IParallelKernel
{
    /// <summary>Runs one index.</summary>
    void Invoke(int index);
}

/// <summary>A body that needs scratch memory while it runs.</summary>
internal unsafe interface IScratchKernel
{
    /// <summary>Bytes of scratch that an index needs.</summary>
    long ScratchBytes { get; }

    /// <summary>Runs one index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="scratch">Memory of <see cref="ScratchBytes"/> that no other thread uses, aligned to a cache line. Its content is undefined.</param>
    void Invoke(int index, byte* scratch);
}

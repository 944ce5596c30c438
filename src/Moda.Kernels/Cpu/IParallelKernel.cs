namespace Moda.Kernels.Cpu;

/// <summary>The body of a parallel loop: a struct of pointers and sizes, so that a loop allocates nothing.</summary>
internal interface IParallelKernel
{
    /// <summary>Does the work of one index.</summary>
    void Invoke(int index);
}

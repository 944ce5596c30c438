using Moda.Weights;

namespace Moda.Kernels.Cuda.Errors;

/// <summary>CUDA can't be used on this machine. The message says in one line what is missing and where it was looked for.</summary>
internal sealed class CudaUnavailableException : ModaException
{
    /// <summary>Says what is missing.</summary>
    /// <param name="problem">One line.</param>
    public CudaUnavailableException(string problem)
        : base(problem)
    {
    }
}

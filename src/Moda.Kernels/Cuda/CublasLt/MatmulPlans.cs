using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>The products that were seen so far, each with its algorithm, chosen once.</summary>
internal sealed class MatmulPlans : IDisposable
{
    private const int NotSupported = 15;

    private readonly CublasLtHandle library;
    private readonly Dictionary<MatmulProblem, MatmulPlan?> plans = [];

    /// <summary>Creates an empty collection for a library's handle, which it does not own.</summary>
    public MatmulPlans(CublasLtHandle library) => this.library = library;

    /// <summary>The plan of a product; null where the library can't do it.</summary>
    /// <exception cref="CudaException">The library failed.</exception>
    public MatmulPlan? TryGet(in MatmulProblem problem)
    {
        if (!plans.TryGetValue(problem, out MatmulPlan? plan))
        {
            try
            {
                plan = new MatmulPlan(library, problem);
            }
            catch (CudaException failure) when (failure.Status == NotSupported)
            {
                plan = null;
            }

            plans.Add(problem, plan);
        }

        return plan;
    }

    /// <summary>The plan of a product.</summary>
    /// <exception cref="CudaException">The library can't do it.</exception>
    public MatmulPlan Get(in MatmulProblem problem)
    {
        if (TryGet(problem) is { } plan)
        {
            return plan;
        }

        // Made again for its exception, which says what was asked for.
        return new MatmulPlan(library, problem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MatmulPlan? plan in plans.Values)
        {
            plan?.Dispose();
        }
    }
}

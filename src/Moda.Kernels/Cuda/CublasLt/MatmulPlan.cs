using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>
/// A product with the algorithm that cuBLASLt chose for it. Made once for each shape; running it allocates nothing.
/// One thread at a time.
/// </summary>
/// <remarks>
/// cuBLASLt thinks in columns. A row-major matrix is its transpose in columns, so that the transposed product is asked for:
/// output^T [outputs, rows] = weight [outputs, inputs] x input^T [inputs, rows]. The bias then lies along rows, as its epilogue wants.
///
/// The algorithm is chosen for <see cref="MatmulProblem.PlannedRows"/> and carries out any number of rows, so that a row's bytes do not
/// depend on how many others there are. This relies on what an algorithm is made of: its tile, its stages, into how many parts it splits
/// the inputs and how it adds them. All of that is fixed by then, and none of it shares an output's sum among blocks by the number of
/// tiles (stream-K). <c>BatchTests</c> hold the library to it on a GPU.
/// </remarks>
internal sealed unsafe class MatmulPlan : IDisposable
{
    private const int NotSupported = 15;

    /// <summary>Algorithms to look through for one that carries out every number of elements.</summary>
    private const int MaximumCandidates = 8;

    private readonly CublasLtHandle library;
    private readonly MatmulDescriptor descriptor;
    private readonly MatrixLayout weightLayout;
    private readonly MatmulAlgorithm algorithm;

    /// <summary>The rows of a call; usually all.</summary>
    private readonly MatmulLayouts? call;

    /// <summary>The rows that calls of that many leave; null for none.</summary>
    private readonly MatmulLayouts? lastCall;

    /// <summary>Describes a product and chooses its algorithm.</summary>
    /// <param name="library">cuBLASLt.</param>
    /// <param name="problem">The product.</param>
    /// <exception cref="CudaException">No algorithm can do it.</exception>
    public MatmulPlan(CublasLtHandle library, in MatmulProblem problem)
    {
        this.library = library;
        Problem = problem;
        (long weightRows, long weightColumns) = problem.WeightIsOutputsByInputs
            ? (problem.Inputs, problem.Outputs)
            : (problem.Outputs, problem.Inputs);
        long weightStride = problem.WeightStride == 0 ? weightRows : problem.WeightStride;

        descriptor = MatmulDescriptor.Create(library, problem.ComputeType);
        descriptor.Set(
            MatmulDescriptorAttribute.TransposeA,
            problem.WeightIsOutputsByInputs ? CublasOperation.Transpose : CublasOperation.None);
        descriptor.Set(MatmulDescriptorAttribute.TransposeB, CublasOperation.None);
        descriptor.Set(MatmulDescriptorAttribute.Epilogue, problem.Epilogue);
        if (problem.HasBias)
        {
            descriptor.Set(MatmulDescriptorAttribute.BiasDataType, problem.OutputType);
        }

        weightLayout = MatrixLayout.Create(library, problem.InputType, weightRows, weightColumns, weightStride);
        if (problem.Batch > 1)
        {
            weightLayout.SetBatch(problem.Batch, problem.WeightBatchStride);
        }

        try
        {
            (algorithm, int rows, WorkspaceBytes) = Choose();
            call = new MatmulLayouts(library, problem, rows);
            int left = problem.Rows % rows;
            lastCall = left == 0 ? null : new MatmulLayouts(library, problem, left);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The product.</summary>
    public MatmulProblem Problem { get; }

    /// <summary>Bytes of device memory that a run scribbles in.</summary>
    public long WorkspaceBytes { get; }

    /// <summary>Queues the product. Wants the context entered.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="input">The input's address.</param>
    /// <param name="weight">The weight's address.</param>
    /// <param name="bias">The bias' address; 0 without one.</param>
    /// <param name="output">The output's address.</param>
    /// <param name="workspace">At least <see cref="WorkspaceBytes"/>, aligned to 256.</param>
    /// <param name="residual">The residual's address, which may be the output's; 0 without one.</param>
    /// <exception cref="CudaException">The library refused, or an earlier kernel failed.</exception>
    public void Run(CudaStream stream, ulong input, ulong weight, ulong bias, ulong output, ulong workspace, ulong residual = 0)
    {
        if (Problem.HasBias)
        {
            descriptor.Set(MatmulDescriptorAttribute.BiasPointer, bias);
        }

        ulong inputStep = (ulong)(Problem.InputPitch * Problem.InputType.SizeInBytes());
        ulong outputStep = (ulong)(Problem.OutputPitch * Problem.OutputType.SizeInBytes());
        ulong residualStep = (ulong)(Problem.ResidualStride * Problem.OutputType.SizeInBytes());
        ulong added = Problem.HasResidual ? residual : output;
        ulong addedStep = Problem.HasResidual ? residualStep : outputStep;
        MatmulLayouts usual = call!;
        for (int row = 0; row < Problem.Rows; row += usual.Rows)
        {
            ulong before = (ulong)row;
            MatmulLayouts layouts = row + usual.Rows <= Problem.Rows ? usual : lastCall!;
            Multiply(
                stream, layouts, weight, input + (before * inputStep), added + (before * addedStep), output + (before * outputStep), workspace);
        }

        stream.LastKernel = "cublasLtMatmul";
    }

    /// <summary>Releases the descriptions.</summary>
    public void Dispose()
    {
        lastCall?.Dispose();
        call?.Dispose();
        weightLayout.Dispose();
        descriptor.Dispose();
    }

    private void Multiply(
        CudaStream stream, MatmulLayouts layouts, ulong weight, ulong input, ulong added, ulong output, ulong workspace)
    {
        float alpha = 1, beta = Problem.HasResidual ? 1 : 0;
        MatmulAlgorithm chosen = algorithm;
        int status = library.Api.Matmul(
            library.Value, descriptor.Value,
            &alpha, weight, weightLayout.Value, input, layouts.Input.Value,
            &beta, added, layouts.Residual.Value, output, layouts.Output.Value,
            &chosen, workspace, (nuint)WorkspaceBytes, stream.Value);
        if (status != 0)
        {
            throw library.Api.Failure(status, "cublasLtMatmul", library.Context.Device.Label, $"{Problem}.");
        }
    }

    /// <summary>
    /// The heuristic's first algorithm for the planned rows that also carries out every smaller number of elements; where it has none,
    /// elements are carried out one by one. Nothing of the choice looks at how many rows there are.
    /// </summary>
    /// <returns>The algorithm, the rows of a call, and the device memory that a call scribbles in.</returns>
    private (MatmulAlgorithm Algorithm, int Rows, long WorkspaceBytes) Choose()
    {
        using ContextScope scope = library.Context.Enter();
        int planned = Problem.PlannedRows == 0 ? Problem.Rows : Problem.PlannedRows;
        int element = Problem.ElementRows == 0 ? planned : Problem.ElementRows;
        Span<MatmulHeuristicResult> candidates = stackalloc MatmulHeuristicResult[element < planned ? MaximumCandidates : 1];
        int found = Ask(planned, candidates);
        foreach (MatmulHeuristicResult candidate in candidates[..found])
        {
            if (WorkspaceUpTo(candidate, element, planned) is not { } workspaceBytes)
            {
                continue;
            }

            if (Problem.Rows <= planned)
            {
                return (candidate.Algorithm, Problem.Rows, workspaceBytes);
            }

            return WorkspaceFor(candidate.Algorithm, Problem.Rows) is { } forAll
                ? (candidate.Algorithm, Problem.Rows, forAll)
                : (candidate.Algorithm, planned, workspaceBytes);
        }

        Ask(element, candidates[..1]);
        return (candidates[0].Algorithm, element, (long)candidates[0].WorkspaceBytes);
    }

    /// <summary>The device memory that an algorithm needs for the planned rows and fewer elements; null where it can't do one of them.</summary>
    private long? WorkspaceUpTo(in MatmulHeuristicResult candidate, int element, int planned)
    {
        long most = (long)candidate.WorkspaceBytes;
        for (int rows = element; rows < planned; rows += element)
        {
            if (WorkspaceFor(candidate.Algorithm, rows) is not { } workspaceBytes)
            {
                return null;
            }

            most = Math.Max(most, workspaceBytes);
        }

        return most;
    }

    /// <summary>The device memory that an algorithm needs for a number of rows; null where it can't do them.</summary>
    private long? WorkspaceFor(MatmulAlgorithm candidate, int rows)
    {
        using var layouts = new MatmulLayouts(library, Problem, rows);
        MatmulHeuristicResult result = default;
        int status = library.Api.MatmulAlgoCheck(
            library.Value, descriptor.Value, weightLayout.Value, layouts.Input.Value, layouts.Residual.Value, layouts.Output.Value,
            &candidate, &result);
        return status == 0 && result.Status == 0 && (long)result.WorkspaceBytes <= Problem.WorkspaceBytes ? (long)result.WorkspaceBytes : null;
    }

    /// <summary>Asks the heuristic for a number of rows: the fastest algorithms first, at least one.</summary>
    /// <returns>How many it found.</returns>
    private int Ask(int rows, Span<MatmulHeuristicResult> results)
    {
        using var layouts = new MatmulLayouts(library, Problem, rows);
        using MatmulPreference preference = MatmulPreference.Create(library, Problem.WorkspaceBytes, Problem.Alignment);
        int found;
        int status;
        fixed (MatmulHeuristicResult* first = results)
        {
            status = library.Api.MatmulAlgoGetHeuristic(
                library.Value, descriptor.Value, weightLayout.Value, layouts.Input.Value, layouts.Residual.Value, layouts.Output.Value,
                preference.Value, results.Length, first, &found);
        }

        int usable = 0;
        while (status == 0 && usable < found && results[usable].Status == 0)
        {
            usable++;
        }

        return usable > 0
            ? usable
            : throw library.Api.Failure(
                status != 0 ? status : NotSupported, "cublasLtMatmulAlgoGetHeuristic", library.Context.Device.Label, $"{Problem}.");
    }
}

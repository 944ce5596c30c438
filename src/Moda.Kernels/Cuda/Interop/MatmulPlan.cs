namespace Moda.Kernels.Cuda.Interop;

/// <summary>
/// A product with the algorithm that cuBLASLt chose for it. Made once for each shape; running it allocates nothing.
/// One thread at a time.
/// </summary>
/// <remarks>
/// cuBLASLt thinks in columns. A row-major matrix is its transpose in columns, so that the transposed product is asked for:
/// output^T [outputs, rows] = weight [outputs, inputs] x input^T [inputs, rows]. The bias then lies along rows, as its epilogue wants.
/// </remarks>
internal sealed unsafe class MatmulPlan : IDisposable
{
    private readonly CublasLtHandle library;
    private readonly MatmulDescriptor descriptor;
    private readonly MatrixLayout weightLayout;
    private readonly MatrixLayout inputLayout;
    private readonly MatrixLayout outputLayout;
    private readonly MatrixLayout residualLayout;
    private readonly MatmulAlgorithm algorithm;

    /// <summary>Describes a product and chooses its algorithm.</summary>
    /// <param name="library">cuBLASLt.</param>
    /// <param name="problem">The product.</param>
    /// <exception cref="CudaException">No algorithm can do it.</exception>
    public MatmulPlan(CublasLtHandle library, in MatmulProblem problem)
    {
        this.library = library;
        Problem = problem;
        long inputStride = problem.InputStride == 0 ? problem.Inputs : problem.InputStride;
        long outputStride = problem.OutputStride == 0 ? problem.Outputs : problem.OutputStride;
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
        inputLayout = MatrixLayout.Create(library, problem.InputType, problem.Inputs, problem.Rows, inputStride);
        outputLayout = MatrixLayout.Create(library, problem.OutputType, problem.Outputs, problem.Rows, outputStride);
        residualLayout = problem.HasResidual
            ? MatrixLayout.Create(library, problem.OutputType, problem.Outputs, problem.Rows, problem.ResidualStride)
            : outputLayout;
        if (problem.Batch > 1)
        {
            weightLayout.SetBatch(problem.Batch, problem.WeightBatchStride);
            inputLayout.SetBatch(problem.Batch, problem.InputBatchStride);
            outputLayout.SetBatch(problem.Batch, problem.OutputBatchStride);
        }

        MatmulHeuristicResult choice = Choose(problem);
        algorithm = choice.Algorithm;
        WorkspaceBytes = (long)choice.WorkspaceBytes;
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

        float alpha = 1, beta = Problem.HasResidual ? 1 : 0;
        MatmulAlgorithm chosen = algorithm;
        int status = library.Api.Matmul(
            library.Value, descriptor.Value,
            &alpha, weight, weightLayout.Value, input, inputLayout.Value,
            &beta, Problem.HasResidual ? residual : output, residualLayout.Value, output, outputLayout.Value,
            &chosen, workspace, (nuint)WorkspaceBytes, stream.Value);
        if (status != 0)
        {
            throw library.Api.Failure(status, "cublasLtMatmul", library.Context.Device.Label, $"{Problem}.");
        }

        stream.LastKernel = "cublasLtMatmul";
    }

    /// <summary>Releases the descriptions.</summary>
    public void Dispose()
    {
        residualLayout.Dispose();
        outputLayout.Dispose();
        inputLayout.Dispose();
        weightLayout.Dispose();
        descriptor.Dispose();
    }

    private MatmulHeuristicResult Choose(in MatmulProblem problem)
    {
        using ContextScope scope = library.Context.Enter();
        using MatmulPreference preference = MatmulPreference.Create(library, problem.WorkspaceBytes, problem.Alignment);
        MatmulHeuristicResult result;
        int found;
        int status = library.Api.MatmulAlgoGetHeuristic(
            library.Value, descriptor.Value, weightLayout.Value, inputLayout.Value, residualLayout.Value, outputLayout.Value,
            preference.Value, 1, &result, &found);
        if (status == 0 && found > 0 && result.Status == 0)
        {
            return result;
        }

        const int NotSupported = 15;
        Dispose();
        throw library.Api.Failure(
            status != 0 ? status : NotSupported, "cublasLtMatmulAlgoGetHeuristic", library.Context.Device.Label, $"{problem}.");
    }
}

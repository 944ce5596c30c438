namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>How input, output and residual of a product lie in memory, for a number of its rows.</summary>
internal sealed class MatmulLayouts : IDisposable
{
    /// <summary>Describes them.</summary>
    /// <param name="library">cuBLASLt.</param>
    /// <param name="problem">The product.</param>
    /// <param name="rows">Rows of input and output.</param>
    public MatmulLayouts(CublasLtHandle library, in MatmulProblem problem, int rows)
    {
        Rows = rows;
        Input = MatrixLayout.Create(library, problem.InputType, problem.Inputs, rows, problem.InputPitch);
        Output = MatrixLayout.Create(library, problem.OutputType, problem.Outputs, rows, problem.OutputPitch);
        Residual = problem.HasResidual
            ? MatrixLayout.Create(library, problem.OutputType, problem.Outputs, rows, problem.ResidualStride)
            : Output;
        if (problem.Batch > 1)
        {
            Input.SetBatch(problem.Batch, problem.InputBatchStride);
            Output.SetBatch(problem.Batch, problem.OutputBatchStride);
        }
    }

    /// <summary>Rows of input and output.</summary>
    public int Rows { get; }

    /// <summary>The input.</summary>
    public MatrixLayout Input { get; }

    /// <summary>The output.</summary>
    public MatrixLayout Output { get; }

    /// <summary>The residual; the output where there is none.</summary>
    public MatrixLayout Residual { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Residual.Dispose();
        Output.Dispose();
        Input.Dispose();
    }
}

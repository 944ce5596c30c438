namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>
/// The product of row-major matrices <c>output[rows, outputs] = epilogue(input[rows, inputs] x weight + residual + bias)</c>,
/// the weight being [outputs, inputs] as a linear layer keeps it or, for attention's second product, [inputs, outputs].
/// </summary>
/// <param name="Rows">Positions.</param>
/// <param name="Outputs">Columns of the output.</param>
/// <param name="Inputs">Columns of the input.</param>
internal readonly record struct MatmulProblem(int Rows, int Outputs, int Inputs)
{
    /// <summary>Rows that the algorithm is chosen for; 0 for those that there are.</summary>
    public int PlannedRows { get; init; }

    /// <summary>Rows of one batch element, of which forwards carry one or more; 0 for the planned rows.</summary>
    public int ElementRows { get; init; }

    /// <summary>The type of input and weight.</summary>
    public CudaDataType InputType { get; init; } = CudaDataType.Float16;

    /// <summary>The type of output and bias.</summary>
    public CudaDataType OutputType { get; init; } = CudaDataType.Float16;

    /// <summary>How products are summed.</summary>
    public CublasComputeType ComputeType { get; init; } = CublasComputeType.Float32;

    /// <summary>What is done before storing.</summary>
    public CublasLtEpilogue Epilogue { get; init; } = CublasLtEpilogue.Default;

    /// <summary>Whether the weight is [outputs, inputs].</summary>
    public bool WeightIsOutputsByInputs { get; init; } = true;

    /// <summary>Elements from one row of the input to the next; 0 for no gaps.</summary>
    public int InputStride { get; init; }

    /// <summary>Elements from one row of the weight to the next; 0 for no gaps.</summary>
    public int WeightStride { get; init; }

    /// <summary>Elements from one row of the output to the next; 0 for no gaps.</summary>
    public int OutputStride { get; init; }

    /// <summary>Elements from one row of the residual to the next; 0 for no residual. It has the output's type.</summary>
    public int ResidualStride { get; init; }

    /// <summary>How many products of the same sizes.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Elements from one input of the batch to the next.</summary>
    public long InputBatchStride { get; init; }

    /// <summary>Elements from one weight of the batch to the next; 0 for one that all share.</summary>
    public long WeightBatchStride { get; init; }

    /// <summary>Elements from one output of the batch to the next.</summary>
    public long OutputBatchStride { get; init; }

    /// <summary>Bytes that every matrix begins on a multiple of.</summary>
    public int Alignment { get; init; } = 256;

    /// <summary>Device memory that an algorithm may scribble in.</summary>
    public long WorkspaceBytes { get; init; } = 32L << 20;

    /// <summary>Elements from one row of the input to the next.</summary>
    public long InputPitch => InputStride == 0 ? Inputs : InputStride;

    /// <summary>Elements from one row of the output to the next.</summary>
    public long OutputPitch => OutputStride == 0 ? Outputs : OutputStride;

    /// <summary>Whether the epilogue adds a bias.</summary>
    public bool HasBias => Epilogue is CublasLtEpilogue.Bias or CublasLtEpilogue.ReluBias or CublasLtEpilogue.GeluBias;

    /// <summary>Whether a residual is added.</summary>
    public bool HasResidual => ResidualStride != 0;

    /// <summary>The sizes, for an error.</summary>
    public override string ToString()
    {
        string batch = Batch > 1 ? $"{Batch} products of " : string.Empty;
        string weight = WeightIsOutputsByInputs ? $"[{Outputs}, {Inputs}] transposed" : $"[{Inputs}, {Outputs}]";
        return $"{batch}[{Rows}, {Inputs}] x {weight}, {InputType} to {OutputType}, epilogue {Epilogue}{(HasResidual ? " with residual" : string.Empty)}";
    }
}

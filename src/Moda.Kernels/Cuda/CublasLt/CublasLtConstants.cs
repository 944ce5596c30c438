using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary><c>cudaDataType_t</c>.</summary>
internal enum CudaDataType
{
    Float32 = 0,
    Float64 = 1,
    Float16 = 2,
    BFloat16 = 14,
}

/// <summary>What the values of a type take.</summary>
internal static class CudaDataTypes
{
    /// <summary>Bytes of a value.</summary>
    public static int SizeInBytes(this CudaDataType type) => type switch
    {
        CudaDataType.Float64 => sizeof(double),
        CudaDataType.Float32 => sizeof(float),
        _ => sizeof(ushort),
    };
}

/// <summary><c>cublasComputeType_t</c>: how products are summed.</summary>
internal enum CublasComputeType
{
    /// <summary>float32 sums; float32 inputs are not rounded to TF32.</summary>
    Float32 = 68,

    /// <summary>As <see cref="Float32"/>, without algorithms that reorder for speed.</summary>
    Float32Pedantic = 69,

    /// <summary>float32 inputs rounded to TF32 on tensor cores.</summary>
    Float32FastTFloat32 = 77,
}

/// <summary><c>cublasOperation_t</c>.</summary>
internal enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary><c>cublasLtEpilogue_t</c>: what is done to the product before it is stored.</summary>
internal enum CublasLtEpilogue
{
    Default = 1,
    Relu = 2,
    Bias = 4,
    ReluBias = 6,

    /// <summary>GELU by its tanh approximation.</summary>
    Gelu = 32,

    /// <summary>A bias, then GELU by its tanh approximation.</summary>
    GeluBias = 36,
}

/// <summary><c>cublasLtMatmulDescAttributes_t</c>.</summary>
internal enum MatmulDescriptorAttribute
{
    TransposeA = 3,
    TransposeB = 4,
    Epilogue = 7,
    BiasPointer = 8,
    BiasDataType = 26,
}

/// <summary><c>cublasLtMatrixLayoutAttribute_t</c>.</summary>
internal enum MatrixLayoutAttribute
{
    BatchCount = 5,
    StridedBatchOffset = 6,
}

/// <summary><c>cublasLtMatmulPreferenceAttributes_t</c>.</summary>
internal enum MatmulPreferenceAttribute
{
    MaximumWorkspaceBytes = 1,
    MinimumAlignmentA = 5,
    MinimumAlignmentB = 6,
    MinimumAlignmentC = 7,
    MinimumAlignmentD = 8,
}

/// <summary><c>cublasLtMatmulAlgo_t</c>: 64 opaque bytes.</summary>
[InlineArray(8)]
internal struct MatmulAlgorithm
{
    private ulong first;
}

/// <summary><c>cublasLtMatmulHeuristicResult_t</c>: an algorithm and what it needs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MatmulHeuristicResult
{
    public MatmulAlgorithm Algorithm;
    public nuint WorkspaceBytes;
    public int Status;
    public float WavesCount;
    private readonly int reserved0;
    private readonly int reserved1;
    private readonly int reserved2;
    private readonly int reserved3;
}

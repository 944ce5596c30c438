namespace Moda.Kernels.Cuda.Driver;

/// <summary><c>CUtensorMapDataType</c>.</summary>
internal enum TensorMapDataType
{
    UInt8 = 0,
    UInt16 = 1,
    UInt32 = 2,
    Int32 = 3,
    UInt64 = 4,
    Int64 = 5,
    Float16 = 6,
    Float32 = 7,
    Float64 = 8,
    BFloat16 = 9,
    Float32FlushToZero = 10,
    TFloat32 = 11,
    TFloat32FlushToZero = 12,
}

/// <summary><c>CUtensorMapInterleave</c>.</summary>
internal enum TensorMapInterleave
{
    None = 0,
    Bytes16 = 1,
    Bytes32 = 2,
}

/// <summary><c>CUtensorMapSwizzle</c>: how 16-byte pieces are permuted in shared memory, against bank conflicts.</summary>
internal enum TensorMapSwizzle
{
    None = 0,
    Bytes32 = 1,
    Bytes64 = 2,
    Bytes128 = 3,
}

/// <summary><c>CUtensorMapL2promotion</c>.</summary>
internal enum TensorMapL2Promotion
{
    None = 0,
    Bytes64 = 1,
    Bytes128 = 2,
    Bytes256 = 3,
}

/// <summary><c>CUtensorMapFloatOOBfill</c>: what is read outside of the tensor.</summary>
internal enum TensorMapFill
{
    Zero = 0,
    NanRequestZeroFusedMultiplyAdd = 1,
}

using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>
/// cuBLASLt, NVIDIA's matrix products. Signatures: cuBLAS documentation, "Using the cuBLASLt API";
/// every handle and descriptor is <c>nint</c>.
/// </summary>
internal sealed unsafe class CublasLtApi : NativeApi
{
    public readonly delegate* unmanaged<int, byte*> GetStatusName;
    public readonly delegate* unmanaged<int, byte*> GetStatusString;
    public readonly delegate* unmanaged<nuint> GetVersion;
    public readonly delegate* unmanaged<nint*, int> Create;
    public readonly delegate* unmanaged<nint, int> Destroy;
    public readonly delegate* unmanaged<nint*, CublasComputeType, CudaDataType, int> MatmulDescCreate;
    public readonly delegate* unmanaged<nint, int> MatmulDescDestroy;
    public readonly delegate* unmanaged<nint, MatmulDescriptorAttribute, void*, nuint, int> MatmulDescSetAttribute;
    public readonly delegate* unmanaged<nint*, CudaDataType, ulong, ulong, long, int> MatrixLayoutCreate;
    public readonly delegate* unmanaged<nint, int> MatrixLayoutDestroy;
    public readonly delegate* unmanaged<nint, MatrixLayoutAttribute, void*, nuint, int> MatrixLayoutSetAttribute;
    public readonly delegate* unmanaged<nint*, int> MatmulPreferenceCreate;
    public readonly delegate* unmanaged<nint, int> MatmulPreferenceDestroy;
    public readonly delegate* unmanaged<nint, MatmulPreferenceAttribute, void*, nuint, int> MatmulPreferenceSetAttribute;

    /// <summary>handle, product, A, B, C, D, preference, requested, results, found.</summary>
    public readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, MatmulHeuristicResult*, int*, int>
        MatmulAlgoGetHeuristic;

    /// <summary>handle, product, A, B, C, D, algorithm, result.</summary>
    public readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, MatmulAlgorithm*, MatmulHeuristicResult*, int> MatmulAlgoCheck;

    /// <summary>handle, product, alpha, A, its layout, B, its layout, beta, C, its layout, D, its layout, algorithm, workspace, its bytes, stream.</summary>
    public readonly delegate* unmanaged<
        nint, nint, void*, ulong, nint, ulong, nint, void*, ulong, nint, ulong, nint,
        MatmulAlgorithm*, ulong, nuint, nint, int> Matmul;

    /// <summary>Looks up every function.</summary>
    /// <exception cref="CudaUnavailableException">The library is too old.</exception>
    public CublasLtApi(IFunctionSource source)
    {
        GetStatusName = (delegate* unmanaged<int, byte*>)source.GetFunction("cublasLtGetStatusName");
        GetStatusString = (delegate* unmanaged<int, byte*>)source.GetFunction("cublasLtGetStatusString");
        GetVersion = (delegate* unmanaged<nuint>)source.GetFunction("cublasLtGetVersion");
        Create = (delegate* unmanaged<nint*, int>)source.GetFunction("cublasLtCreate");
        Destroy = (delegate* unmanaged<nint, int>)source.GetFunction("cublasLtDestroy");
        MatmulDescCreate = (delegate* unmanaged<nint*, CublasComputeType, CudaDataType, int>)
            source.GetFunction("cublasLtMatmulDescCreate");
        MatmulDescDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cublasLtMatmulDescDestroy");
        MatmulDescSetAttribute = (delegate* unmanaged<nint, MatmulDescriptorAttribute, void*, nuint, int>)
            source.GetFunction("cublasLtMatmulDescSetAttribute");
        MatrixLayoutCreate = (delegate* unmanaged<nint*, CudaDataType, ulong, ulong, long, int>)
            source.GetFunction("cublasLtMatrixLayoutCreate");
        MatrixLayoutDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cublasLtMatrixLayoutDestroy");
        MatrixLayoutSetAttribute = (delegate* unmanaged<nint, MatrixLayoutAttribute, void*, nuint, int>)
            source.GetFunction("cublasLtMatrixLayoutSetAttribute");
        MatmulPreferenceCreate = (delegate* unmanaged<nint*, int>)source.GetFunction("cublasLtMatmulPreferenceCreate");
        MatmulPreferenceDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cublasLtMatmulPreferenceDestroy");
        MatmulPreferenceSetAttribute = (delegate* unmanaged<nint, MatmulPreferenceAttribute, void*, nuint, int>)
            source.GetFunction("cublasLtMatmulPreferenceSetAttribute");
        MatmulAlgoGetHeuristic =
            (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, MatmulHeuristicResult*, int*, int>)
            source.GetFunction("cublasLtMatmulAlgoGetHeuristic");
        MatmulAlgoCheck = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, MatmulAlgorithm*, MatmulHeuristicResult*, int>)
            source.GetFunction("cublasLtMatmulAlgoCheck");
        Matmul = (delegate* unmanaged<
            nint, nint, void*, ulong, nint, ulong, nint, void*, ulong, nint, ulong, nint,
            MatmulAlgorithm*, ulong, nuint, nint, int>)source.GetFunction("cublasLtMatmul");

        Version = ParseVersion((long)GetVersion());
    }

    /// <summary>The library's version, for instance 13.1.0.</summary>
    public Version Version { get; }

    /// <summary>Splits the number that the library gives: major * 10000 + minor * 100 + patch.</summary>
    internal static Version ParseVersion(long version) =>
        new((int)(version / 10000), (int)(version / 100 % 100), (int)(version % 100));

    protected override (string Name, string Meaning) Describe(int status) =>
        (ReadString(GetStatusName(status), "CUBLAS_STATUS"), ReadString(GetStatusString(status), "an unknown status"));
}

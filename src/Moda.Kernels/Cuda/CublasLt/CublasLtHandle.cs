using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>cuBLASLt on a context.</summary>
internal sealed unsafe class CublasLtHandle : ContextHandle
{
    private CublasLtHandle(nint handle, CudaContext context, CublasLtApi api)
        : base(handle, context)
    {
        Api = api;
    }

    /// <summary>The library.</summary>
    public CublasLtApi Api { get; }

    protected override delegate* unmanaged<nint, int> Releaser => Api.Destroy;

    /// <summary>Prepares the library for a context.</summary>
    /// <exception cref="CudaException">The library does not run with this driver.</exception>
    public static CublasLtHandle Create(CudaContext context, CublasLtApi api)
    {
        using ContextScope scope = context.Enter();
        nint handle;
        api.Check(api.Create(&handle), "cublasLtCreate", context.Device.Label);
        return new CublasLtHandle(handle, context, api);
    }
}

using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>A native object that belongs to a context and keeps it alive.</summary>
internal abstract unsafe class ContextHandle : CudaHandle
{
    /// <summary>Takes ownership of an object that was just created in a context.</summary>
    protected ContextHandle(nint handle, CudaContext context)
        : base(handle, context)
    {
        Context = context;
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The driver.</summary>
    protected DriverApi Driver => Context.Driver;

    /// <summary>The driver's function that releases such an object.</summary>
    protected abstract delegate* unmanaged<nint, int> Releaser { get; }

    /// <inheritdoc/>
    protected sealed override int Release() => Context.ReleaseInside(Releaser, handle);
}

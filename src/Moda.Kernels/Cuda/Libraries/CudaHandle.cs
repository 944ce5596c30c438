using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>
/// A native object that is released exactly once. Until then it keeps its parent alive: a context that is disposed before its streams and
/// memory is released after them.
/// </summary>
internal abstract class CudaHandle : SafeHandle
{
    private readonly CudaHandle? parent;
    private bool disposed;

    /// <summary>Takes ownership of a native object that was just created.</summary>
    /// <param name="handle">The object.</param>
    /// <param name="parent">What it belongs to; null for an object that stands alone.</param>
    protected CudaHandle(nint handle, CudaHandle? parent)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        bool held = false;
        parent?.DangerousAddRef(ref held);
        this.parent = parent;
        SetHandle(handle);
    }

    /// <inheritdoc/>
    public sealed override bool IsInvalid => handle == 0;

    /// <summary>Whether its owner disposed it, though children may still hold it.</summary>
    public bool IsDisposed => disposed;

    /// <summary>The native object.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return handle;
        }
    }

    /// <summary>The native object, which a child may still use after its owner disposed it.</summary>
    protected internal nint ValueForChildren => handle;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        disposed = true;
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        try
        {
            // Nothing can be done about a failure to release. After a kernel's fault it is usual: the driver releases everything
            // that belongs to the context together with it.
            return Release() == 0;
        }
        finally
        {
            parent?.DangerousRelease();
        }
    }

    /// <summary>Releases the native object and returns the library's status.</summary>
    protected abstract int Release();
}

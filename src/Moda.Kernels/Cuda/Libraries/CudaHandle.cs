using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>
/// A native object that is released exactly once, and that keeps the one it belongs to alive until then: disposing a context
/// before its streams and memory releases the context last.
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
            // A failure to release can't be acted on, and after a fault of a kernel it is the rule: the context takes
            // everything that belongs to it along.
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

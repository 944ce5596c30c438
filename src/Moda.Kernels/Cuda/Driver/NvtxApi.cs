using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>
/// NVTX: names for stretches of time that a profiler shows. Used only where its library is installed and a profiler listens.
/// </summary>
internal sealed unsafe class NvtxApi
{
    private readonly delegate* unmanaged<byte*, int> rangePush;
    private readonly delegate* unmanaged<int> rangePop;

    /// <summary>Looks up the two functions.</summary>
    public NvtxApi(IFunctionSource source)
    {
        rangePush = (delegate* unmanaged<byte*, int>)source.GetFunction("nvtxRangePushA");
        rangePop = (delegate* unmanaged<int>)source.GetFunction("nvtxRangePop");
    }

    /// <summary>Opens a range on this thread.</summary>
    /// <param name="name">UTF-8, zero-terminated.</param>
    public void Push(ReadOnlySpan<byte> name)
    {
        fixed (byte* text = &MemoryMarshal.GetReference(name))
        {
            _ = rangePush(text);
        }
    }

    /// <summary>Closes the innermost range of this thread.</summary>
    public void Pop() => _ = rangePop();
}

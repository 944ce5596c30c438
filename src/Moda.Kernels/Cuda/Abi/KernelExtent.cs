using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary>A depth, a height and a width, in this order, as structures of kernels hold them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KernelExtent(int Depth, int Height, int Width)
{
    public static implicit operator KernelExtent(Extent3 extent) => new(extent.Depth, extent.Height, extent.Width);
}

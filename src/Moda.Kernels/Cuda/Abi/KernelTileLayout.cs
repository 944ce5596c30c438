using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>tile_layout</c> of <c>packing.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelTileLayout
{
    public int OutputsPerGroup;
    public int InputsPerGroup;
    public int Taps;
    public int LineTaps;
    public int Columns;
    public int ColumnTiles;
    public int ChannelBlocks;
}

using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>convolution_boxes</c> of <c>convolution_wgmma_tiles.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionBoxes
{
    public int WidthLog;
    public int HeightLog;
    public int DepthLog;
    public int CountX;
    public int CountY;
    public int CountZ;
    public int CountN;
    public int BatchStep;
    public int ColumnTiles;
    public int Variants;
    public int PackedColumns;
    public int SplitK;
    public int Pitch;
    public int Lines;
    public int SharesWidth;
    public int SharesHeight;
    public int InputBytes;
    public int InputStages;
    public int WeightStages;

    /// <summary>Tiles over all variants and blocks of split-K.</summary>
    public readonly long Tiles => checked((long)CountX * CountY * CountZ * CountN * ColumnTiles * Variants * SplitK);
}

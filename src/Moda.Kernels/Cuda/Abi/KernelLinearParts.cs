using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>linear_parts</c> of <c>linear_wgmma.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelLinearParts
{
    /// <summary><c>MAXIMUM_PARTS</c> of <c>linear_wgmma.cu</c>.</summary>
    public const int MaximumParts = 4;

    public Four<KernelLinearPart> Part;
    public int Count;
}

/// <summary><c>linear_part</c> of <c>linear_wgmma.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelLinearPart
{
    public ulong Input;
    public ulong Weight;
    public ulong Bias;
    public ulong Gate;
    public ulong Residual;
    public ulong Output;
    public int InputStride;
    public int GateStride;
    public int GateRows;
    public int ResidualStride;
    public int OutputStride;
    public int Rows;
    public int Inputs;
    public int Outputs;
    public int Activation;
    public float Slope;
    public int FirstTile;
    public int RowTiles;
}

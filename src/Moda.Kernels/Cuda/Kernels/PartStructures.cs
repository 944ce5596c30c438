using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Kernels;

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

/// <summary><c>linear_parts</c> of <c>linear_wgmma.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelLinearParts
{
    public Four<KernelLinearPart> Part;
    public int Count;
}

/// <summary><c>modulated_part</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelModulatedPart
{
    public ulong Input;
    public ulong Shift;
    public ulong Scale;
    public ulong Output;
    public int InputStride;
    public int ShiftStride;
    public int ScaleStride;
    public int OutputStride;
    public int Batch;
    public int FirstRow;
}

/// <summary><c>modulated_parts</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelModulatedParts
{
    public Four<KernelModulatedPart> Part;
    public int Count;
    public int Rows;
    public int Channels;
    public float Epsilon;
}

/// <summary><c>heads_part</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelHeadsPart
{
    public ulong Tokens;
    public ulong Weight;
    public ulong Rotation;
    public int TokenStride;
    public int RotationStride;
    public int Positions;
    public int Batch;
    public int FirstRow;
}

/// <summary><c>heads_parts</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelHeadsParts
{
    public Eight<KernelHeadsPart> Part;
    public int Count;
    public int Rows;
    public int Heads;
    public float Epsilon;
}

/// <summary>Four parts of a launch.</summary>
[InlineArray(4)]
internal struct Four<T>
    where T : unmanaged
{
    private T first;
}

/// <summary>Eight parts of a launch.</summary>
[InlineArray(8)]
internal struct Eight<T>
    where T : unmanaged
{
    private T first;
}

using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>modulated_parts</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelModulatedParts
{
    /// <summary>The most parts of a launch.</summary>
    public const int MaximumParts = 4;

    public Four<KernelModulatedPart> Part;
    public int Count;
    public int Rows;
    public int Channels;
    public float Epsilon;
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

using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>heads_parts</c> of <c>normalization.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelHeadsParts
{
    /// <summary>The most parts of a launch.</summary>
    public const int MaximumParts = 8;

    public Eight<KernelHeadsPart> Part;
    public int Count;
    public int Rows;
    public int Heads;
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

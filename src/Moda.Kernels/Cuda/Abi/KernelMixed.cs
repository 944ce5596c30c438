using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>mixed</c> of the self-check's kernels: fields of several sizes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelMixed
{
    public double Wide;
    public short Narrow;
    public sbyte Letter;
}

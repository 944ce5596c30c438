using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>weight_layout</c> of <c>packing.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelWeightLayout
{
    public int OutputsPerGroup;
    public int InputsPerGroup;
    public int Taps;
    public int OutputStep;
    public long GroupStep;
    public long TapStep;
    public long InputStep;
}

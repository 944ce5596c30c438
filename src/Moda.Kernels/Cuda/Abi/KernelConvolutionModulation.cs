using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>convolution_modulation</c> of <c>convolution_wgmma_modulation.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionModulation
{
    public ulong Input;
    public int InputStride;
    public int Factor;
    public ulong Statistics;
    public int StatisticsStride;
}

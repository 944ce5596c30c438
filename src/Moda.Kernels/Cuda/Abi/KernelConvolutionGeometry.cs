using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>convolution_geometry</c> of <c>convolution.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionGeometry
{
    public KernelExtent Input;
    public KernelExtent Output;
    public KernelExtent Kernel;
    public KernelExtent Stride;
    public KernelExtent Padding;
    public int Upsample;
    public int Groups;
    public int InputChannels;
    public int OutputChannels;
    public int PaddedInputChannels;
    public int PaddedOutputChannels;
}

using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>convolution_epilogue</c> of <c>convolution.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionEpilogue
{
    public ulong Bias;
    public ulong Gate;
    public int GateStride;
    public int GateRows;
    public BroadcastKind GateBroadcast;
    public ulong Residual;
    public int ResidualStride;
    public int Activation;
    public float Slope;
}

using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda;

/// <summary><c>broadcast_kind</c> of <c>elementwise.cu</c>: how a second operand is read.</summary>
internal enum BroadcastKind
{
    /// <summary>At the same place.</summary>
    Same = 0,

    /// <summary>Repeated over leading positions.</summary>
    Trailing = 1,

    /// <summary>One channel for all.</summary>
    OneChannel = 2,
}

/// <summary><c>convolution_geometry</c> of <c>convolution.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionGeometry
{
    public Extent3 Input;
    public Extent3 Output;
    public Extent3 Kernel;
    public Extent3 Stride;
    public Extent3 Padding;
    public int Upsample;
    public int Groups;
    public int InputChannels;
    public int OutputChannels;
    public int PaddedInputChannels;
    public int PaddedOutputChannels;
}

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

/// <summary><c>coordinates</c> of <c>warping.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct KernelCoordinates
{
    public readonly ulong Data;
    public readonly int Stride;
    public readonly int IsSingle;

    /// <summary>Describes a tensor of coordinates.</summary>
    public KernelCoordinates(in Tensor tensor)
    {
        Data = tensor.Address();
        Stride = tensor.RowStride;
        IsSingle = tensor.Type == ElementType.Float32 ? 1 : 0;
    }
}

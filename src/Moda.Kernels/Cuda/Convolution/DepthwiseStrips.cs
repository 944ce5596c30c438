using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Which convolutions <c>convolution_depthwise_7x7</c> does. Each of its threads takes a strip of a line, two channels wide.</summary>
internal static class DepthwiseStrips
{
    /// <summary>Threads of a block. They are few, so that small maps occupy all multiprocessors.</summary>
    public const int Threads = 64;

    private const int Length = 4;
    private const int Channels = 2;

    /// <summary>Whether it can do this one: 7 x 7 over planes that keep their extent, two channels read at once.</summary>
    public static bool Fit(ConvolutionGeometry geometry, Tensor input, Tensor output) =>
        geometry.Kernel == new Extent3(1, 7, 7)
        && geometry.Padding == new Extent3(0, 3, 3)
        && geometry.Stride == Extent3.One
        && geometry.Upsample == 1
        && input.IsAligned(Channels * input.Type.SizeInBytes())
        && output.IsAligned(Channels * output.Type.SizeInBytes())
        && Count(output) <= int.MaxValue;

    /// <summary>Strips over all pairs of channels.</summary>
    public static long Count(Tensor output)
    {
        int width = output.Shape[^2];
        return (long)(output.Rows / width) * ((width + Length - 1) / Length) * (output.Channels / Channels);
    }
}

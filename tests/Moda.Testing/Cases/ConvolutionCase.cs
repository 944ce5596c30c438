using Moda.Kernels;

namespace Moda.Testing.Cases;

/// <summary>A convolution, or a linear layer as one of kernel 1, to test or to time; gaps are elements between positions.</summary>
public sealed record ConvolutionCase(int Inputs, int Outputs, int Batch, Extent3 Map)
{
    /// <summary>Kernel extents.</summary>
    public Extent3 Kernel { get; init; } = Extent3.One;

    /// <summary>Steps between outputs.</summary>
    public Extent3 Stride { get; init; } = Extent3.One;

    /// <summary>Zeros before and after each axis.</summary>
    public Extent3 Padding { get; init; }

    /// <summary>Channel groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Nearest upsampling of the map before the convolution.</summary>
    public int Upsample { get; init; } = 1;

    /// <summary>Elements between the positions of the input.</summary>
    public int InputGap { get; init; }

    /// <summary>Elements between the positions of the output.</summary>
    public int OutputGap { get; init; }

    /// <summary>The geometry as the op takes it.</summary>
    public ConvolutionGeometry Geometry => new()
    {
        InputChannels = Inputs,
        OutputChannels = Outputs,
        Kernel = Kernel,
        Stride = Stride,
        Padding = Padding,
        Groups = Groups,
        Upsample = Upsample,
    };

    /// <summary>[N, D, H, W, inputs].</summary>
    public Shape InputShape => new(Batch, Map.Depth, Map.Height, Map.Width, Inputs);

    /// <summary>[N, D', H', W', outputs].</summary>
    public Shape OutputShape
    {
        get
        {
            Extent3 extent = Geometry.OutputExtent(Map);
            return new(Batch, extent.Depth, extent.Height, extent.Width, Outputs);
        }
    }

    /// <summary>Weights of all groups.</summary>
    public int WeightCount => Outputs * (Inputs / Groups) * Kernel.Depth * Kernel.Height * Kernel.Width;

    /// <summary>Multiplications and additions of the definition: taps outside the map and taps that could be merged are counted.</summary>
    public double FloatingPointOperations => 2.0 * OutputShape.Rows * WeightCount;
}

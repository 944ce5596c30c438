namespace Moda.Kernels.Forwards;

public sealed partial class Workspace
{
    /// <summary>A convolution of [N, W, C], [N, H, W, C] or [N, D, H, W, C].</summary>
    /// <param name="input">Channels last.</param>
    /// <param name="weights">Packed weights and the geometry.</param>
    /// <param name="epilogue">Gate, residual, activation.</param>
    /// <param name="output">Where to write; <see cref="AllocateAligned"/> when null.</param>
    public Tensor Convolution(Tensor input, ConvolutionWeights weights, in Epilogue epilogue = default, Tensor? output = null)
    {
        Shape shape = ConvolutionOutput(input.Shape, weights.Geometry);
        Tensor result = output ?? AllocateAligned(shape);
        Require(input.Channels == weights.Geometry.InputChannels, nameof(Convolution), $"the input must have {weights.Geometry.InputChannels} channels", input, result);
        Require(result.Shape == shape, nameof(Convolution), $"the output must be {shape}", input, result);
        RequireEpilogue(nameof(Convolution), epilogue, result);
        if (Begins(result, result.Shape.ElementCount * weights.Geometry.MultiplyAddsPerElement))
        {
            Device.Convolution(input, weights, epilogue, result, Batch);
        }

        return result;
    }

    /// <summary>Mean and reciprocal deviation of each channel: [N, ..., C] to [N, 2, C].</summary>
    public Tensor InstanceStatistics(Tensor input, float epsilon)
    {
        Tensor result = Allocate(input.Shape[0], 2, input.Channels);
        if (Begins(result))
        {
            Device.InstanceStatistics(input, epsilon, result);
        }

        return result;
    }

    /// <summary><c>activation(x scale + shift)</c> for each channel.</summary>
    public Tensor ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        Require(scale.Shape == new Shape(input.Channels), nameof(ScaleShift), "the scale must be [C]", input, scale);
        Require(shift.Shape == scale.Shape, nameof(ScaleShift), "the shift must be [C]", input, shift);
        Require(result.Shape == input.Shape, nameof(ScaleShift), "the output must have the input's shape", input, result);
        if (Begins(result))
        {
            Device.ScaleShift(input, scale, shift, activation, result);
        }

        return result;
    }

    /// <summary>The shift-add that ends a kn2row convolution: [N, D, H, W, T C] to [N, D, H, W, C]; see <see cref="Device.ShiftAdd"/>.</summary>
    public Tensor ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor? output = null)
    {
        int taps = height * width;
        Shape shape = input.Shape.WithChannels(input.Channels / taps);
        Tensor result = output ?? Allocate(shape);
        Require(input.Shape.Rank == 5, nameof(ShiftAdd), "the input must be [N, D, H, W, T C]", input, result);
        Require(height % 2 == 1 && width % 2 == 1, nameof(ShiftAdd), "the taps must be odd in number along each axis", input, result);
        Require(input.Channels % taps == 0 && result.Shape == shape, nameof(ShiftAdd), $"the input's channels must be {taps} times the output's", input, result);
        if (Begins(result))
        {
            Device.ShiftAdd(input, height, width, activation, result);
        }

        return result;
    }

    /// <summary>Global response normalisation; see <see cref="Device.GlobalResponseNorm"/>.</summary>
    public Tensor GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        Require(gamma.Shape == new Shape(input.Channels), nameof(GlobalResponseNorm), "gamma must be [C]", input, gamma);
        Require(beta.Shape == gamma.Shape, nameof(GlobalResponseNorm), "beta must be [C]", input, beta);
        if (Begins(result))
        {
            Device.GlobalResponseNorm(input, gamma, beta, result);
        }

        return result;
    }

    /// <summary>Average over windows that don't overlap.</summary>
    public Tensor AveragePool(Tensor input, Extent3 window, Tensor? output = null)
    {
        int rank = input.Shape.Rank;
        Shape shape = input.Shape.With(rank - 2, input.Shape[^2] / window.Width).With(rank - 3, input.Shape[^3] / window.Height);
        if (rank == 5)
        {
            shape = shape.With(1, input.Shape[1] / window.Depth);
        }

        Tensor result = output ?? Allocate(shape);
        Require(result.Shape == shape, nameof(AveragePool), $"the output must be {shape}", input, result);
        if (Begins(result))
        {
            Device.AveragePool(input, window, result);
        }

        return result;
    }

    /// <summary>Average over all positions: [N, ..., C] to [N, C].</summary>
    public Tensor GlobalAveragePool(Tensor input)
    {
        Tensor result = Allocate(input.Shape[0], input.Channels);
        if (Begins(result))
        {
            Device.GlobalAveragePool(input, result);
        }

        return result;
    }

    /// <summary>Maximum over windows of [N, H, W, C].</summary>
    public Tensor MaxPool(Tensor input, int kernel, int stride, int padding)
    {
        Tensor result = Allocate(
            input.Shape[0],
            (input.Shape[1] + 2 * padding - kernel) / stride + 1,
            (input.Shape[2] + 2 * padding - kernel) / stride + 1,
            input.Channels);
        if (Begins(result))
        {
            Device.MaxPool(input, kernel, stride, padding, result);
        }

        return result;
    }

    /// <summary>Nearest resize of height and width.</summary>
    public Tensor ResizeNearest(Tensor input, int height, int width, Tensor? output = null)
    {
        Shape shape = input.Shape.With(input.Shape.Rank - 3, height).With(input.Shape.Rank - 2, width);
        Tensor result = output ?? Allocate(shape);
        Require(result.Shape == shape, nameof(ResizeNearest), $"the output must be {shape}", input, result);
        if (Begins(result))
        {
            Device.ResizeNearest(input, result);
        }

        return result;
    }

    /// <summary>Bilinear resize of [N, H, W, C] with aligned corners.</summary>
    public Tensor ResizeBilinear(Tensor input, int height, int width, Tensor? output = null)
    {
        var shape = new Shape(input.Shape[0], height, width, input.Channels);
        Tensor result = output ?? Allocate(shape);
        Require(input.Shape.Rank == 4 && result.Shape == shape, nameof(ResizeBilinear), $"the input must be [N, H, W, C], the output {shape}", input, result);
        if (Begins(result))
        {
            Device.ResizeBilinear(input, result);
        }

        return result;
    }

    /// <summary>Pixel shuffle: [N, H, W, C f^2] to [N, H f, W f, C].</summary>
    public Tensor PixelShuffle(Tensor input, int factor, Activation activation, Tensor? output = null)
    {
        var shape = new Shape(input.Shape[0], input.Shape[1] * factor, input.Shape[2] * factor, input.Channels / (factor * factor));
        Tensor result = output ?? Allocate(shape);
        Require(input.Channels % (factor * factor) == 0 && result.Shape == shape, nameof(PixelShuffle), $"the channels must be a multiple of {factor * factor}", input, result);
        if (Begins(result))
        {
            Device.PixelShuffle(input, factor, activation, result);
        }

        return result;
    }

    /// <summary>Splits channels into a depth axis: [N, H, W, C D] to [N, D, H, W, C].</summary>
    public Tensor ChannelsToDepth(Tensor input, int depth, Tensor? output = null)
    {
        var shape = new Shape(input.Shape[0], depth, input.Shape[1], input.Shape[2], input.Channels / depth);
        Tensor result = output ?? Allocate(shape);
        Require(input.Channels % depth == 0, nameof(ChannelsToDepth), $"the channels must be a multiple of {depth}", input, result);
        Require(result.Shape == shape, nameof(ChannelsToDepth), $"the output must be {shape}", input, result);
        if (Begins(result))
        {
            Device.ChannelsToDepth(input, result);
        }

        return result;
    }

    /// <summary>The shape of a convolution's output.</summary>
    /// <exception cref="TensorShapeException">The input is no line, map or volume.</exception>
    internal static Shape ConvolutionOutput(Shape input, ConvolutionGeometry geometry)
    {
        Extent3 extent = geometry.OutputExtent(Extent3.OfSpatialAxes(input));
        return input.Rank switch
        {
            3 => new Shape(input[0], extent.Width, geometry.OutputChannels),
            4 => new Shape(input[0], extent.Height, extent.Width, geometry.OutputChannels),
            5 => new Shape(input[0], extent.Depth, extent.Height, extent.Width, geometry.OutputChannels),
            _ => throw new TensorShapeException(nameof(Convolution), "the input must be [N, W, C], [N, H, W, C] or [N, D, H, W, C]", input, input),
        };
    }
}

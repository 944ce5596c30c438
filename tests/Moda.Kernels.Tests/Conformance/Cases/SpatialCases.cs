using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Pooling, resizing and rearranging.</summary>
internal static class SpatialCases
{
    public static IEnumerable<OpCase> All =>
    [
        .. ((int[])[1, 3, 4, 15, 16, 17, 32, 50]).SelectMany(OfChannels),
        AveragePool(new Shape(1, 8, 32, 32, 66), new Extent3(1, 2, 2), 0),
        AveragePool(new Shape(2, 4, 6, 8, 5), new Extent3(2, 3, 4), 2),
        MaxPool(new Shape(1, 63, 64, 40), 3, 2, 1, 0),
        MaxPool(new Shape(1, 5, 5, 8), 5, 1, 2, 0),
        ResizeNearest(new Shape(1, 64, 64, 40), 128, 128, 0),
        ResizeNearest(new Shape(1, 512, 512, 3), 100, 37, 0),
        ResizeNearest(new Shape(2, 3, 8, 8, 6), 16, 24, 1),
        ResizeBilinear(new Shape(1, 1, 199, 96), 1, 100, 0),
        ResizeBilinear(new Shape(1, 32, 32, 40), 64, 63, 0),
        ResizeBilinear(new Shape(1, 6, 7, 9), 1, 1, 0),
        PixelShuffle(new Shape(1, 64, 64, 12), 2, Activation.Sigmoid, 0, exact: false),
        PixelShuffle(new Shape(2, 5, 6, 18), 3, Activation.None, 2, exact: true),
        ChannelsToDepth(new Shape(1, 64, 64, 512), 16, 0),
        ShiftAdd(new Shape(1, 16, 64, 64, 22), 1, 7, Activation.None, 6),
        ShiftAdd(new Shape(2, 1, 64, 64, 1), 7, 7, Activation.Sigmoid, 0),
        ShiftAdd(new Shape(1, 2, 3, 2, 5), 5, 7, Activation.Relu, 1),
    ];

    private static IEnumerable<OpCase> OfChannels(int channels) =>
    [
        AveragePool(new Shape(2, 6, 8, channels), new Extent3(1, 2, 2), channels % 3),
        MaxPool(new Shape(2, 9, 11, channels), 3, 2, 1, channels % 3),
        MaxPool(new Shape(1, 8, 8, channels), 2, 2, 0, channels % 2),
        ResizeNearest(new Shape(2, 5, 7, channels), 15, 4, channels % 3),
        ResizeBilinear(new Shape(2, 5, 7, channels), 12, 3, channels % 3),
        PixelShuffle(new Shape(2, 3, 5, 4 * channels), 2, Activation.None, channels % 3, exact: true),
        PixelShuffle(new Shape(1, 4, 4, 4 * channels), 2, Activation.Sigmoid, channels % 2, exact: false),
        ChannelsToDepth(new Shape(2, 3, 5, 4 * channels), 4, channels % 3),
        ChannelsToDepth(new Shape(1, 3, 19, 16 * channels), 16, channels % 2),
        ShiftAdd(new Shape(2, 3, 4, 9, channels), 3, 5, Activation.None, channels % 3),
    ];

    private static OpCase AveragePool(Shape input, Extent3 window, int gap)
    {
        Shape output = input.With(input.Rank - 2, input[^2] / window.Width).With(input.Rank - 3, input[^3] / window.Height);
        output = input.Rank == 5 ? output.With(1, input[1] / window.Depth) : output;
        return new OpCase
        {
            Op = nameof(Device.AveragePool),
            Name = $"{input} by {window}, gap {gap}",
            Inputs = [new Operand(input, gap)],
            Output = output,
            OutputGap = gap,
            Reference = new AveragePoolReference(window),
            Prepare = o => () => o.Device.AveragePool(o.Inputs[0], window, o.Output),
        };
    }

    private static OpCase MaxPool(Shape input, int kernel, int stride, int padding, int gap) => new()
    {
        Op = nameof(Device.MaxPool),
        Name = $"{input}, kernel {kernel}, stride {stride}, padding {padding}, gap {gap}",
        Inputs = [new Operand(input, gap)],
        Output = new Shape(
            input[0], (input[1] + 2 * padding - kernel) / stride + 1, (input[2] + 2 * padding - kernel) / stride + 1, input.Channels),
        OutputGap = gap,
        Exact = true,
        Reference = new MaxPoolReference(kernel, stride, padding),
        Prepare = o => () => o.Device.MaxPool(o.Inputs[0], kernel, stride, padding, o.Output),
    };

    private static OpCase ResizeNearest(Shape input, int height, int width, int gap) => new()
    {
        Op = nameof(Device.ResizeNearest),
        Name = $"{input} to {height} x {width}, gap {gap}",
        Inputs = [new Operand(input, gap)],
        Output = input.With(input.Rank - 3, height).With(input.Rank - 2, width),
        OutputGap = gap,
        Exact = true,
        Reference = new ResizeNearestReference(),
        Prepare = o => () => o.Device.ResizeNearest(o.Inputs[0], o.Output),
    };

    private static OpCase ResizeBilinear(Shape input, int height, int width, int gap) => new()
    {
        Op = nameof(Device.ResizeBilinear),
        Name = $"{input} to {height} x {width}, gap {gap}",
        Inputs = [new Operand(input, gap)],
        Output = new Shape(input[0], height, width, input.Channels),
        OutputGap = gap,
        Reference = new ResizeBilinearReference(),
        Prepare = o => () => o.Device.ResizeBilinear(o.Inputs[0], o.Output),
    };

    private static OpCase PixelShuffle(Shape input, int factor, Activation activation, int gap, bool exact) => new()
    {
        Op = nameof(Device.PixelShuffle),
        Name = $"{input} by {factor}, {activation.Kind}, gap {gap}",
        Inputs = [new Operand(input, gap)],
        Output = new Shape(input[0], input[1] * factor, input[2] * factor, input.Channels / (factor * factor)),
        OutputGap = gap,
        Exact = exact,
        Reference = new PixelShuffleReference(factor, activation),
        Prepare = o => () => o.Device.PixelShuffle(o.Inputs[0], factor, activation, o.Output),
    };

    private static OpCase ChannelsToDepth(Shape input, int depth, int gap) => new()
    {
        Op = nameof(Device.ChannelsToDepth),
        Name = $"{input} to depth {depth}, gap {gap}",
        Inputs = [new Operand(input, gap)],
        Output = new Shape(input[0], depth, input[1], input[2], input.Channels / depth),
        OutputGap = gap,
        Exact = true,
        Reference = new ChannelsToDepthReference(),
        Prepare = o => () => o.Device.ChannelsToDepth(o.Inputs[0], o.Output),
    };

    private static OpCase ShiftAdd(Shape output, int height, int width, Activation activation, int gap) => new()
    {
        Op = nameof(Device.ShiftAdd),
        Name = $"{height} x {width} to {output}, {activation.Kind}, gap {gap}",
        Inputs = [new Operand(output.WithChannels(height * width * output.Channels), gap)],
        Output = output,
        OutputGap = gap,
        Reference = new ShiftAddReference(height, width, activation),
        Prepare = o => () => o.Device.ShiftAdd(o.Inputs[0], height, width, activation, o.Output),
    };
}

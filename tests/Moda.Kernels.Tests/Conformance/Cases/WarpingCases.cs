using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Grid sampling and the dense motion network's candidate motions.</summary>
internal static class WarpingCases
{
    public static IEnumerable<OpCase> All =>
    [
        .. ((int[])[1, 2, 3, 4, 8, 15, 16, 17, 32, 33, 70]).Select(
            channels => GridSample(new Shape(2, 4, 6, 7, channels), new Shape(2, 3, 5, 8, 3), 1.3f, channels % 3)),
        GridSample(new Shape(1, 1, 1, 1, 5), new Shape(1, 2, 3, 4, 3), 2, 0),
        GridSample(new Shape(1, 2, 3, 4, 6), new Shape(1, 4, 4, 4, 3), 1e6f, 0),
        GridSample(new Shape(1, 16, 32, 32, 32), new Shape(1, 16, 32, 32, 3), 1, 0),
        .. ((int[])[1, 2, 3, 4, 5, 8, 11]).Select(
            channels => SparseMotionFeatures(new Shape(2, 3, 5, 6, channels), 3, 0.4f, channels % 3)),
        SparseMotionFeatures(new Shape(1, 2, 4, 4, 4), 2, 3, 0),
        SparseMotionFeatures(new Shape(1, 16, 24, 24, 4), 21, 0.2f, 0),
        .. ((int[])[1, 2, 3, 14, 15, 16, 17, 21, 31, 32, 50]).Select(
            keypoints => CombineMotions(new Shape(2, 3, 4, 5, keypoints + 1), keypoints % 3, 3)),
        CombineMotions(new Shape(1, 16, 24, 24, 22), 0, 20),
        WarpBlend(new Shape(2, 24, 20, 3), new Shape(31, 37, 3), new AffineTransform(0.8, -0.3, 2.25, 0.3, 0.8, -6.5), 0, 0),
        WarpBlend(new Shape(1, 24, 20, 3), new Shape(17, 29, 3), new AffineTransform(-0.61, 0.2, 21.3, 0.17, 1.9, -11.2), 5, 2),
        WarpBlend(new Shape(3, 16, 16, 3), new Shape(40, 40, 3), new AffineTransform(0.5, 0, -0.25, 0, 0.5, -0.25), 0, 0),
        WarpBlend(new Shape(1, 8, 8, 3), new Shape(6, 5, 3), new AffineTransform(1e9, 0, 3, 0, 1e9, 3), 0, 0),
        WarpBlend(new Shape(2, 256, 256, 3), new Shape(300, 320, 3), new AffineTransform(0.9, 0.05, -20, -0.05, 0.9, -10), 0, 0),
    ];

    private static OpCase WarpBlend(Shape images, Shape background, AffineTransform toImage, int firstRow, int gap)
    {
        // Middles of levels, so that no precision of storage moves a value to another level.
        Func<Random, float> level = random => (random.Next(256) + 0.5f) / 255;
        return new OpCase
        {
            Op = nameof(Device.WarpBlend),
            Name = $"{images} into {background} from row {firstRow} by {toImage.XX} {toImage.YX}, gap {gap}",
            Inputs = [new Operand(images, gap, level), new Operand(new Shape(images[1], images[2], 1), gap, level), new Operand(background, gap, level)],
            Output = new Shape(images[0], background[0], background[1], 3),
            OutputGap = gap,
            Reference = new WarpBlendReference(toImage, firstRow),
            Prepare = o => () => o.Device.WarpBlend(o.Inputs[0], o.Inputs[1], o.Inputs[2], toImage, firstRow, o.Output),
        };
    }

    private static OpCase GridSample(Shape input, Shape grid, float reach, int gap) => new()
    {
        Op = nameof(Device.GridSample),
        Name = $"{input} at {grid}, reach {reach}, gap {gap}",
        Inputs = [new Operand(input, gap), new Operand(grid, gap, Operand.Uniform(-reach, reach))],
        Output = grid.WithChannels(input.Channels),
        OutputGap = gap,
        Reference = new GridSampleReference(),
        Prepare = o => () => o.Device.GridSample(o.Inputs[0], o.Inputs[1], o.Output),
    };

    private static OpCase SparseMotionFeatures(Shape feature, int keypointCount, float motion, int gap)
    {
        var keypoints = new Shape(feature[0], keypointCount, 3);
        return new OpCase
        {
            Op = nameof(Device.SparseMotionFeatures),
            Name = $"{feature}, {keypointCount} keypoints, motion {motion}, gap {gap}",
            Inputs =
            [
                new Operand(feature, gap),
                new Operand(keypoints, gap, Operand.Uniform(-1, 1)),
                new Operand(keypoints, 0, Operand.Uniform(-motion, motion)),
            ],
            Output = feature.WithChannels((keypointCount + 1) * (feature.Channels + 1)),
            OutputGap = gap,
            Reference = new SparseMotionFeaturesReference(),
            Prepare = o => () => o.Device.SparseMotionFeatures(o.Inputs[0], o.Inputs[1], o.Inputs[2], o.Output),
        };
    }

    private static OpCase CombineMotions(Shape logits, int gap, float spread)
    {
        var keypoints = new Shape(logits[0], logits.Channels - 1, 3);
        return new OpCase
        {
            Op = nameof(Device.CombineMotions),
            Name = $"{logits}, logits up to {spread}, gap {gap}",
            Inputs =
            [
                new Operand(logits, gap, Operand.Uniform(-spread, spread)),
                new Operand(keypoints, gap, Operand.Uniform(-1, 1)),
                new Operand(keypoints, 0, Operand.Uniform(-1, 1)),
            ],
            Output = logits.WithChannels(3),
            OutputGap = gap,
            Reference = new CombineMotionsReference(),
            Prepare = o => () => o.Device.CombineMotions(o.Inputs[0], o.Inputs[1], o.Inputs[2], o.Output),
        };
    }
}

namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>Ops on maps and volumes, [N, ..., C].</summary>
internal static class SpatialBatchCases
{
    private static readonly Shape Map = new(1, 12, 10, 40);
    private static readonly Shape Volume = new(1, 4, 6, 5, 16);
    private static readonly Shape Keypoints = new(1, 5, 3);

    public static IEnumerable<BatchCase> All =>
    [
        new(nameof(Workspace.InstanceStatistics), "of a map", [new(new(1, 21, 20, 40))], _ => (w, x) => w.InstanceStatistics(x[0], 1e-5f)),
        new(
            nameof(Workspace.SpadeModulate), "upsampled", [new(Map), new(new(1, 2, 40)), new(new(1, 24, 20, 80))],
            _ => (w, x) => w.SpadeModulate(x[0], x[1], x[2], Activation.LeakyRelu(0.2f))),
        new(
            nameof(Workspace.ScaleShift), "of a map", [new(Map), new(new(40), Axis: -1), new(new(40), Axis: -1)],
            _ => (w, x) => w.ScaleShift(x[0], x[1], x[2], Activation.Relu)),
        new(nameof(Workspace.ShiftAdd), "seven", [new(new(1, 2, 6, 9, 7 * 5))], _ => (w, x) => w.ShiftAdd(x[0], 1, 7, Activation.None)),
        new(
            nameof(Workspace.GlobalResponseNorm), "of a map", [new(Map), new(new(40), Axis: -1), new(new(40), Axis: -1)],
            _ => (w, x) => w.GlobalResponseNorm(x[0], x[1], x[2])),
        new(nameof(Workspace.AveragePool), "of a volume", [new(Volume)], _ => (w, x) => w.AveragePool(x[0], new Extent3(1, 2, 1))),
        new(nameof(Workspace.GlobalAveragePool), "of a map", [new(Map)], _ => (w, x) => w.GlobalAveragePool(x[0])),
        new(nameof(Workspace.MaxPool), "of a map", [new(Map)], _ => (w, x) => w.MaxPool(x[0], 3, 2, 1)),
        new(nameof(Workspace.ResizeNearest), "of a map", [new(Map)], _ => (w, x) => w.ResizeNearest(x[0], 17, 20)),
        new(nameof(Workspace.ResizeBilinear), "of a map", [new(Map)], _ => (w, x) => w.ResizeBilinear(x[0], 17, 20)),
        new(nameof(Workspace.PixelShuffle), "by two", [new(Map)], _ => (w, x) => w.PixelShuffle(x[0], 2, Activation.Sigmoid)),
        new(nameof(Workspace.ChannelsToDepth), "by four", [new(Map)], _ => (w, x) => w.ChannelsToDepth(x[0], 4)),
        new(
            nameof(Workspace.GridSample), "of a volume", [new(Volume), new(new(1, 4, 6, 5, 3)) { IsFloat32 = true }],
            _ => (w, x) => w.GridSample(x[0], x[1])),
        new(
            nameof(Workspace.SparseMotionFeatures), "of five keypoints",
            [new(Volume), new(Keypoints) { IsFloat32 = true }, new(Keypoints) { IsFloat32 = true }],
            _ => (w, x) => w.SparseMotionFeatures(x[0], x[1], x[2])),
        new(
            nameof(Workspace.CombineMotions), "of five keypoints",
            [new(Volume.WithChannels(6)), new(Keypoints) { IsFloat32 = true }, new(Keypoints) { IsFloat32 = true }],
            _ => (w, x) => w.CombineMotions(x[0], x[1], x[2])),
        new(
            nameof(Workspace.WarpBlend), "into a background",
            [new(new(1, 20, 20, 3)) { Least = 0 }, new(new(20, 20, 1), Axis: -1) { Least = 0 }, new(new(30, 25, 3), Axis: -1) { Least = 0 }],
            _ => (w, x) => w.WarpBlend(x[0], x[1], x[2], new AffineTransform(0.8, 0.1, -1, -0.1, 0.8, -2))),
    ];
}

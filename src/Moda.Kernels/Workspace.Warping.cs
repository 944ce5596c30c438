namespace Moda.Kernels;

public sealed partial class Workspace
{
    /// <summary>Trilinear sampling of [N, D, H, W, C] at [N, D', H', W', 3].</summary>
    public Tensor GridSample(Tensor input, Tensor grid, Tensor? output = null)
    {
        Shape shape = grid.Shape.WithChannels(input.Channels);
        Tensor result = output ?? Allocate(shape);
        Require(input.Shape.Rank == 5 && grid.Shape.Rank == 5 && grid.Channels == 3, nameof(GridSample), "the input must be [N, D, H, W, C], the grid [N, D, H, W, 3]", input, grid);
        Require(result.Shape == shape, nameof(GridSample), $"the output must be {shape}", grid, result);
        if (Begins(result))
        {
            Device.GridSample(input, grid, result);
        }

        return result;
    }

    /// <summary>The dense motion network's input: [N, D, H, W, (K + 1)(C + 1)]; see <see cref="Device.SparseMotionFeatures"/>.</summary>
    public Tensor SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor? output = null)
    {
        Shape shape = feature.Shape.WithChannels((driving.Shape[1] + 1) * (feature.Channels + 1));
        Tensor result = output ?? Allocate(shape);
        Require(feature.Shape.Rank == 5 && driving.Shape == source.Shape, nameof(SparseMotionFeatures), "driving and source must be [N, K, 3]", driving, source);
        Require(result.Shape == shape, nameof(SparseMotionFeatures), $"the output must be {shape}", feature, result);
        if (Begins(result))
        {
            Device.SparseMotionFeatures(feature, driving, source, result);
        }

        return result;
    }

    /// <summary>The deformation [N, D, H, W, 3] from candidate logits [N, D, H, W, K + 1]; see <see cref="Device.CombineMotions"/>.</summary>
    public Tensor CombineMotions(Tensor logits, Tensor driving, Tensor source)
    {
        Tensor result = AllocateCoordinates(logits.Shape.WithChannels(3));
        Require(logits.Channels == driving.Shape[1] + 1 && driving.Shape == source.Shape, nameof(CombineMotions), "there must be one logit more than keypoints", logits, driving);
        if (Begins(result))
        {
            Device.CombineMotions(logits, driving, source, result);
        }

        return result;
    }

    /// <summary>Images [N, S, T, 3] warped into and blended with a background [H, W, 3]: [N, H, W, 3]; see <see cref="Device.WarpBlend"/>.</summary>
    public Tensor WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow = 0, Tensor? output = null)
    {
        var shape = new Shape(images.Shape[0], background.Shape[0], background.Shape[1], 3);
        Tensor result = output ?? Allocate(shape);
        Require(
            images.Shape.Rank == 4 && images.Channels == 3 && background.Shape.Rank == 3 && background.Channels == 3,
            nameof(WarpBlend), "the images must be [N, S, T, 3], the background [H, W, 3]", images, background);
        Require(result.Shape == shape, nameof(WarpBlend), $"the output must be {shape}", background, result);
        Require(mask.Shape == new Shape(images.Shape[1], images.Shape[2], 1), nameof(WarpBlend), "the mask must be [S, T, 1]", images, mask);
        if (Begins(result))
        {
            Device.WarpBlend(images, mask, background, toImage, firstRow, result);
        }

        return result;
    }
}

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
}

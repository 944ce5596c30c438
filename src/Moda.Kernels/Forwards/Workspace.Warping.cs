namespace Moda.Kernels.Forwards;

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
}

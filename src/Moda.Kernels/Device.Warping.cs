namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>
    /// Trilinear sampling with zeros outside and <c>align_corners = false</c>: a coordinate g in [-1, 1] reads at
    /// ((g + 1) extent - 1) / 2.
    /// </summary>
    /// <param name="input">[N, D, H, W, C].</param>
    /// <param name="grid">[N, D', H', W', 3]: x (width), y (height), z (depth). Float32 or the activation type.</param>
    /// <param name="output">[N, D', H', W', C].</param>
    protected internal abstract void GridSample(Tensor input, Tensor grid, Tensor output);
}

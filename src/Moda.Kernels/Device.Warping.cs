namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>
    /// Trilinear sampling with zeros outside: a coordinate g in [-1, 1] reads at ((g + 1) extent - 1) / 2.
    /// PyTorch: <c>F.grid_sample(padding_mode="zeros", align_corners=False)</c>.
    /// </summary>
    /// <param name="input">[N, D, H, W, C].</param>
    /// <param name="grid">[N, D', H', W', 3]: x (width), y (height), z (depth). Float32 or the activation type.</param>
    /// <param name="output">[N, D', H', W', C].</param>
    protected internal abstract void GridSample(Tensor input, Tensor grid, Tensor output);
}

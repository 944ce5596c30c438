namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>Copies a tensor into another; gaps may differ.</summary>
    /// <param name="input">The output's shape or the trailing extents of it, which are repeated.</param>
    /// <param name="output">Any shape.</param>
    protected internal abstract void Copy(Tensor input, Tensor output);

    /// <summary><c>activation(left + right)</c>.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">The same shape, the trailing extents of it, or the shape with one channel (broadcast).</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">The shape of left; may be left or right.</param>
    protected internal abstract void Add(Tensor left, Tensor right, Activation activation, Tensor output);

    /// <summary><c>left + factor[b] right</c> for each element b of the batch, computed in float32.</summary>
    /// <param name="left">[..., B, C].</param>
    /// <param name="right">[..., B, C].</param>
    /// <param name="factor">[B], float32 on every device.</param>
    /// <param name="output">[..., B, C]; may be left or right.</param>
    protected internal abstract void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output);

    /// <summary><c>activation(left right)</c>.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">The same shape, the trailing extents of it, or the shape with one channel (broadcast).</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">The shape of left; may be left or right.</param>
    protected internal abstract void Multiply(Tensor left, Tensor right, Activation activation, Tensor output);

    /// <summary>Applies an activation to each element.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="activation">The function.</param>
    /// <param name="output">The same shape; may be the input.</param>
    protected internal abstract void Activate(Tensor input, Activation activation, Tensor output);
}

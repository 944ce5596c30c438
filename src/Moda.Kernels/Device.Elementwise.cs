namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>Copies a tensor into another. Their row strides may differ. PyTorch: <c>output.copy_(input)</c>.</summary>
    /// <param name="input">The output's shape, or its trailing extents: then the input is repeated.</param>
    /// <param name="output">Any shape.</param>
    protected internal abstract void Copy(Tensor input, Tensor output);

    /// <summary><c>activation(left + right)</c>. PyTorch: <c>torch.add</c>.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">The same shape, the trailing extents of it, or the shape with one channel (broadcast).</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">The shape of left; may be left or right.</param>
    protected internal abstract void Add(Tensor left, Tensor right, Activation activation, Tensor output);

    /// <summary><c>left + factor[b] right</c> for each element b of the batch, computed in float32. PyTorch: <c>torch.addcmul</c>.</summary>
    /// <param name="left">[..., B, C].</param>
    /// <param name="right">[..., B, C].</param>
    /// <param name="factor">[B], float32 on every device.</param>
    /// <param name="output">[..., B, C]; may be left or right.</param>
    protected internal abstract void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output);

    /// <summary><c>activation(left right)</c>. PyTorch: <c>torch.mul</c>.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">The same shape, the trailing extents of it, or the shape with one channel (broadcast).</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">The shape of left; may be left or right.</param>
    protected internal abstract void Multiply(Tensor left, Tensor right, Activation activation, Tensor output);

    /// <summary>Applies an activation to each element. PyTorch: <c>F.relu</c>, <c>F.gelu</c> and their like.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="activation">The function.</param>
    /// <param name="output">The same shape; may be the input.</param>
    protected internal abstract void Activate(Tensor input, Activation activation, Tensor output);
}

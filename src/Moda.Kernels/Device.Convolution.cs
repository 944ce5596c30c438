namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>A convolution and what follows it: <c>epilogue(input * W + b)</c>. PyTorch: <c>F.conv1d</c>, <c>F.conv2d</c>, <c>F.conv3d</c>.</summary>
    /// <param name="input">[N, W, C], [N, H, W, C] or [N, D, H, W, C].</param>
    /// <param name="weights">Packed weights and the geometry.</param>
    /// <param name="epilogue">Gate, residual, activation. The residual may be the output.</param>
    /// <param name="output">The input's rank, with the extents of <see cref="ConvolutionGeometry.OutputExtent(Extent3)"/>.</param>
    /// <param name="batch">The elements along N, and how many the kernel is chosen for.</param>
    protected internal abstract void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch);

    /// <summary>
    /// The statistics of an instance norm: mean and <c>1 / sqrt(variance + epsilon)</c> of each channel over all positions, with the
    /// biased variance. PyTorch: <c>torch.var_mean(x, dim, correction=0)</c>.
    /// </summary>
    /// <param name="input">[N, ..., C].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="statistics">[N, 2, C]: means, then reciprocal deviations.</param>
    protected internal abstract void InstanceStatistics(Tensor input, float epsilon, Tensor statistics);

    /// <summary>
    /// <c>activation(x scale + shift)</c> for each channel. PyTorch: <c>BatchNorm</c> in evaluation mode, with its statistics folded into
    /// scale and shift.
    /// </summary>
    /// <param name="input">[..., C].</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[..., C]; may be the input.</param>
    protected internal abstract void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output);

    /// <summary>
    /// The shift-add that ends a kn2row convolution (Vasudevan et al. 2017) of stride 1. An earlier convolution has computed what each
    /// kernel position (tap) contributes; the output at (y, x) is <c>activation(sum over taps t of t's channels at (y, x) + t - center)</c>.
    /// Positions outside the map add nothing. PyTorch: <c>F.fold</c> with the taps in reverse order.
    /// </summary>
    /// <param name="input">[N, D, H, W, T C]: the contribution of each of T = height x width taps, row by row, with C channels each.</param>
    /// <param name="height">Taps along the height; odd.</param>
    /// <param name="width">Taps along the width; odd.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, D, H, W, C].</param>
    protected internal abstract void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output);

    /// <summary>
    /// Global response normalisation (GRN, ConvNeXt V2): <c>gamma x n + beta + x</c>. For each channel, g is the L2 norm of x over the
    /// positions, and n is g / (mean of g over the channels + 1e-6).
    /// </summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="gamma">[C].</param>
    /// <param name="beta">[C].</param>
    /// <param name="output">[N, H, W, C]; may be the input.</param>
    protected internal abstract void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output);

    /// <summary>Average over windows that don't overlap. PyTorch: <c>F.avg_pool2d</c>, <c>F.avg_pool3d</c> with the stride of the window.</summary>
    /// <param name="input">[N, D, H, W, C] or [N, H, W, C].</param>
    /// <param name="window">Divides the spatial extents.</param>
    /// <param name="output">The extents divided by the window.</param>
    protected internal abstract void AveragePool(Tensor input, Extent3 window, Tensor output);

    /// <summary>Average over all positions. PyTorch: <c>F.adaptive_avg_pool2d(x, 1)</c>.</summary>
    /// <param name="input">[N, ..., C].</param>
    /// <param name="output">[N, C].</param>
    protected internal abstract void GlobalAveragePool(Tensor input, Tensor output);

    /// <summary>Maximum over windows. Positions outside the input count as minus infinity. PyTorch: <c>F.max_pool2d</c>.</summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="kernel">Extent of the window along height and width.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Positions before and after.</param>
    /// <param name="output">[N, H', W', C].</param>
    protected internal abstract void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output);

    /// <summary>
    /// Nearest resize of height and width: output (y, x) reads (floor(y H / H'), floor(x W / W')). PyTorch: <c>F.interpolate(mode="nearest")</c>.
    /// </summary>
    /// <param name="input">[N, H, W, C] or [N, D, H, W, C].</param>
    /// <param name="output">The same with other H and W.</param>
    protected internal abstract void ResizeNearest(Tensor input, Tensor output);

    /// <summary>Bilinear resize; linear where H = 1. PyTorch: <c>F.interpolate(mode="bilinear", align_corners=True)</c>.</summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="output">[N, H', W', C].</param>
    protected internal abstract void ResizeBilinear(Tensor input, Tensor output);

    /// <summary>
    /// Rearranges channels into space: channel c f^2 + i f + j of (y, x) goes to channel c of (y f + i, x f + j). PyTorch: <c>F.pixel_shuffle</c>.
    /// </summary>
    /// <param name="input">[N, H, W, C f^2].</param>
    /// <param name="factor">f.</param>
    /// <param name="activation">Applied to each element.</param>
    /// <param name="output">[N, H f, W f, C].</param>
    protected internal abstract void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output);

    /// <summary>
    /// Splits channels into a depth axis: channel c D + d of (y, x) goes to channel c of (d, y, x). PyTorch: <c>x.view(N, C, D, H, W)</c>.
    /// </summary>
    /// <param name="input">[N, H, W, C D].</param>
    /// <param name="output">[N, D, H, W, C].</param>
    protected internal abstract void ChannelsToDepth(Tensor input, Tensor output);
}

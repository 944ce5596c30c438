namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary><c>output = epilogue(input * W + b)</c>.</summary>
    /// <param name="input">[N, W, C], [N, H, W, C] or [N, D, H, W, C].</param>
    /// <param name="weights">Packed weights and the geometry.</param>
    /// <param name="epilogue">Gate, residual, activation. The residual may be the output.</param>
    /// <param name="output">The input's rank, with the extents of <see cref="ConvolutionGeometry.OutputExtent(Extent3)"/>.</param>
    /// <param name="batch">The elements along N, and how many the kernel is chosen for.</param>
    protected internal abstract void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch);

    /// <summary>Mean and <c>1 / sqrt(variance + epsilon)</c> of each channel over all positions; biased variance.</summary>
    /// <param name="input">[N, ..., C].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="statistics">[N, 2, C]: means, then reciprocal deviations.</param>
    protected internal abstract void InstanceStatistics(Tensor input, float epsilon, Tensor statistics);

    /// <summary>SPADE: <c>activation((x - mean) rdev (1 + gamma) + beta)</c>.</summary>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="InstanceStatistics"/>.</param>
    /// <param name="gammaBeta">[N, H, W, 2 C]: all gammas, then all betas; or [N, H, W, C]: gammas alone, beta is 0.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C].</param>
    protected internal abstract void SpadeModulate(
        Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output);

    /// <summary>
    /// A convolution, and <see cref="SpadeModulate"/> by its output, which is nowhere stored. Called only with weights of
    /// <see cref="PrepareModulation"/> that modulate.
    /// </summary>
    /// <param name="hidden">[N, H, W, S], the convolution's input.</param>
    /// <param name="weights">Weights that modulate.</param>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="InstanceStatistics"/>.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C].</param>
    /// <param name="batch">The elements along N, and how many the kernel is chosen for.</param>
    protected internal virtual void ConvolutionModulate(
        Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output, BatchPlan batch) =>
        throw new NotSupportedException($"{Name} has no convolution that modulates.");

    /// <summary><c>activation(x scale + shift)</c> for each channel: a folded batch norm that no convolution precedes.</summary>
    /// <param name="input">[..., C].</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[..., C]; may be the input.</param>
    protected internal abstract void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output);

    /// <summary>
    /// What is left of a convolution of stride 1 when its products are there: <c>activation(sum of tap t's channels at (y, x) + t - center)</c>;
    /// positions outside the map add nothing.
    /// </summary>
    /// <param name="input">[N, D, H, W, T C]: what each tap of T = height x width adds, tap by tap (rows first), each of C channels.</param>
    /// <param name="height">Taps along the height; odd.</param>
    /// <param name="width">Taps along the width; odd.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, D, H, W, C].</param>
    protected internal abstract void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output);

    /// <summary>
    /// Global response normalisation (ConvNeXt V2): <c>gamma x n + beta + x</c> with g = ||x|| over the positions
    /// for each channel and n = g / (mean of g over the channels + 1e-6).
    /// </summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="gamma">[C].</param>
    /// <param name="beta">[C].</param>
    /// <param name="output">[N, H, W, C]; may be the input.</param>
    protected internal abstract void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output);

    /// <summary>Average over windows that don't overlap; stride equals window.</summary>
    /// <param name="input">[N, D, H, W, C] or [N, H, W, C].</param>
    /// <param name="window">Divides the spatial extents.</param>
    /// <param name="output">The extents divided by the window.</param>
    protected internal abstract void AveragePool(Tensor input, Extent3 window, Tensor output);

    /// <summary>Average over all positions.</summary>
    /// <param name="input">[N, ..., C].</param>
    /// <param name="output">[N, C].</param>
    protected internal abstract void GlobalAveragePool(Tensor input, Tensor output);

    /// <summary>Maximum over windows; outside the input counts as minus infinity.</summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="kernel">Extent of the window along height and width.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Positions before and after.</param>
    /// <param name="output">[N, H', W', C].</param>
    protected internal abstract void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output);

    /// <summary>Nearest resize of the two innermost spatial axes: output (y, x) reads (floor(y H / H'), floor(x W / W')).</summary>
    /// <param name="input">[N, H, W, C] or [N, D, H, W, C].</param>
    /// <param name="output">The same with other H and W.</param>
    protected internal abstract void ResizeNearest(Tensor input, Tensor output);

    /// <summary>Bilinear resize whose corner samples coincide (<c>align_corners = true</c>); linear where H = 1.</summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="output">[N, H', W', C].</param>
    protected internal abstract void ResizeBilinear(Tensor input, Tensor output);

    /// <summary>Rearranges channels into space (<c>PixelShuffle</c>): channel c f^2 + i f + j of (y, x) goes to channel c of (y f + i, x f + j).</summary>
    /// <param name="input">[N, H, W, C f^2].</param>
    /// <param name="factor">f.</param>
    /// <param name="activation">Applied to each element.</param>
    /// <param name="output">[N, H f, W f, C].</param>
    protected internal abstract void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output);

    /// <summary>Splits channels into a depth axis: channel c D + d of (y, x) goes to channel c of (d, y, x).</summary>
    /// <param name="input">[N, H, W, C D].</param>
    /// <param name="output">[N, D, H, W, C].</param>
    protected internal abstract void ChannelsToDepth(Tensor input, Tensor output);
}

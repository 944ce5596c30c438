using Moda.Kernels.Parameters;

namespace Moda.Kernels.Ilgpu;

internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        kernels.Products.PrepareConvolution(queue, store, weight, bias, geometry);

    /// <inheritdoc/>
    protected internal override void Convolution(Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        kernels.Products.Convolution(queue, input, weights, epilogue, output, batch);

    /// <inheritdoc/>
    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics) =>
        kernels.Statistics.InstanceStatistics(queue, input, epsilon, statistics);

    /// <inheritdoc/>
    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output) =>
        kernels.Elementwise.ScaleShift(queue, input, scale, shift, activation, output);

    /// <inheritdoc/>
    protected internal override void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output) =>
        kernels.Spatial.ShiftAdd(queue, input, height, width, activation, output);

    /// <inheritdoc/>
    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output) =>
        kernels.Statistics.GlobalResponseNorm(queue, input, gamma, beta, output);

    /// <inheritdoc/>
    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output) =>
        kernels.Pooling.AveragePool(queue, input, window, output);

    /// <inheritdoc/>
    protected internal override void GlobalAveragePool(Tensor input, Tensor output) => kernels.Statistics.GlobalAveragePool(queue, input, output);

    /// <inheritdoc/>
    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output) =>
        kernels.Pooling.MaxPool(queue, input, kernel, stride, padding, output);

    /// <inheritdoc/>
    protected internal override void ResizeNearest(Tensor input, Tensor output) => kernels.Spatial.ResizeNearest(queue, input, output);

    /// <inheritdoc/>
    protected internal override void ResizeBilinear(Tensor input, Tensor output) => kernels.Spatial.ResizeBilinear(queue, input, output);

    /// <inheritdoc/>
    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output) =>
        kernels.Spatial.PixelShuffle(queue, input, activation, output);

    /// <inheritdoc/>
    protected internal override void ChannelsToDepth(Tensor input, Tensor output) => kernels.Spatial.ChannelsToDepth(queue, input, output);

    /// <inheritdoc/>
    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output) => kernels.Warping.GridSample(queue, input, grid, output);
}

namespace Moda.Kernels.Cpu;

public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public override void ReadBytes(Tensor source, Span<byte> values) => throw new NotSupportedException(nameof(ReadBytes));

    /// <inheritdoc/>
    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output) => throw new NotSupportedException(nameof(LayerNorm));

    /// <inheritdoc/>
    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output) => throw new NotSupportedException(nameof(RmsNorm));

    /// <inheritdoc/>
    protected internal override void RmsNormModulate(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output) => throw new NotSupportedException(nameof(RmsNormModulate));

    /// <inheritdoc/>
    protected internal override void HeadNormRotate(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon) => throw new NotSupportedException(nameof(HeadNormRotate));

    /// <inheritdoc/>
    protected internal override void Attention(Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output) => throw new NotSupportedException(nameof(Attention));

    /// <inheritdoc/>
    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics) => throw new NotSupportedException(nameof(InstanceStatistics));

    /// <inheritdoc/>
    protected internal override void SpadeModulate(Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output) => throw new NotSupportedException(nameof(SpadeModulate));

    /// <inheritdoc/>
    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output) => throw new NotSupportedException(nameof(ScaleShift));

    /// <inheritdoc/>
    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output) => throw new NotSupportedException(nameof(GlobalResponseNorm));

    /// <inheritdoc/>
    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output) => throw new NotSupportedException(nameof(AveragePool));

    /// <inheritdoc/>
    protected internal override void GlobalAveragePool(Tensor input, Tensor output) => throw new NotSupportedException(nameof(GlobalAveragePool));

    /// <inheritdoc/>
    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output) => throw new NotSupportedException(nameof(MaxPool));

    /// <inheritdoc/>
    protected internal override void ResizeNearest(Tensor input, Tensor output) => throw new NotSupportedException(nameof(ResizeNearest));

    /// <inheritdoc/>
    protected internal override void ResizeBilinear(Tensor input, Tensor output) => throw new NotSupportedException(nameof(ResizeBilinear));

    /// <inheritdoc/>
    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output) => throw new NotSupportedException(nameof(PixelShuffle));

    /// <inheritdoc/>
    protected internal override void ChannelsToDepth(Tensor input, Tensor output) => throw new NotSupportedException(nameof(ChannelsToDepth));

    /// <inheritdoc/>
    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output) => throw new NotSupportedException(nameof(GridSample));

    /// <inheritdoc/>
    protected internal override void SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output) => throw new NotSupportedException(nameof(SparseMotionFeatures));

    /// <inheritdoc/>
    protected internal override void CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation) => throw new NotSupportedException(nameof(CombineMotions));

    /// <inheritdoc/>
    protected internal override void Copy(Tensor input, Tensor output) => throw new NotSupportedException(nameof(Copy));

    /// <inheritdoc/>
    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output) => throw new NotSupportedException(nameof(Add));

    /// <inheritdoc/>
    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output) => throw new NotSupportedException(nameof(Multiply));

    /// <inheritdoc/>
    protected internal override void Activate(Tensor input, Activation activation, Tensor output) => throw new NotSupportedException(nameof(Activate));
}

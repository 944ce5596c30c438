using Moda.Kernels.Parameters;

namespace Moda.Kernels.Ilgpu;

internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) =>
        kernels.Products.PrepareLinear(queue, store, weight, bias, outputs, inputs);

    /// <inheritdoc/>
    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        kernels.Products.Linear(queue, input, weights, epilogue, output, batch);

    /// <inheritdoc/>
    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output) =>
        kernels.Normalization.LayerNorm(queue, input, weight, bias, epsilon, output);

    /// <inheritdoc/>
    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output) =>
        kernels.Normalization.RmsNorm(queue, input, weight, epsilon, output);

    /// <inheritdoc/>
    protected internal override void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output) =>
        kernels.Normalization.AdaRmsNorm(queue, input, shift, scale, epsilon, output);

    /// <inheritdoc/>
    protected internal override void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon) =>
        kernels.Normalization.QkNormRope(queue, heads, weight, rotation, headCount, epsilon);

    /// <inheritdoc/>
    protected internal override void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output) =>
        kernels.Attention.Attention(queue, query, key, value, keyBias, headCount, scale, output);
}

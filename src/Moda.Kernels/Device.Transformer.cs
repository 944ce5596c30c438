namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary><c>output = epilogue(input W^T + b)</c> for every position.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="epilogue">Gate, residual, activation. The residual may be the output.</param>
    /// <param name="output">[..., outputs].</param>
    /// <param name="batch">The elements among the positions, and how many the kernel is chosen for.</param>
    protected internal abstract void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch);

    /// <summary>Linear layers that do not depend on each other, which a device may carry out together.</summary>
    protected internal virtual void Linear(ReadOnlySpan<LinearPart> parts, BatchPlan batch)
    {
        foreach (LinearPart part in parts)
        {
            Linear(part.Input, part.Weights, part.Epilogue, part.Output, batch);
        }
    }

    /// <summary>Layer normalisation over the channels with weight and bias; biased variance, two passes.</summary>
    /// <param name="input">[..., C].</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="output">[..., C]; may be the input.</param>
    protected internal abstract void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output);

    /// <summary><c>x / sqrt(mean(x^2) + epsilon)</c> over the channels, times the weight where there is one.</summary>
    /// <param name="input">[..., C].</param>
    /// <param name="weight">[C] or null.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="output">[..., C]; may be the input.</param>
    protected internal abstract void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output);

    /// <summary>adaLN: RMS normalisation without weight, then <c>x (1 + scale) + shift</c>.</summary>
    /// <param name="input">[T, B, C].</param>
    /// <param name="shift">[B, C].</param>
    /// <param name="scale">[B, C].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="output">[T, B, C].</param>
    protected internal abstract void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output);

    /// <summary>adaLN of tensors of the same channels, which a device may carry out together.</summary>
    protected internal virtual void AdaRmsNorm(ReadOnlySpan<AdaRmsNormPart> parts, float epsilon)
    {
        foreach (AdaRmsNormPart part in parts)
        {
            AdaRmsNorm(part.Input, part.Shift, part.Scale, epsilon, part.Output);
        }
    }

    /// <summary>RMS normalisation of each head with a weight, then rotary position embedding, in place, on queries or keys.</summary>
    /// <param name="heads">[T, B, heads x D], changed in place.</param>
    /// <param name="weight">[D].</param>
    /// <param name="rotation">
    /// [P, D]: for each position the D/2 cosines, then the D/2 sines, of the pairs (2i, 2i + 1);
    /// token t has position t mod P. Null leaves the tokens unrotated.
    /// </param>
    /// <param name="headCount">Heads.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    protected internal abstract void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon);

    /// <summary>Norm and rotation of tensors of the same heads, which a device may carry out together.</summary>
    protected internal virtual void QkNormRope(ReadOnlySpan<QkNormRopePart> parts, int headCount, float epsilon)
    {
        foreach (QkNormRopePart part in parts)
        {
            QkNormRope(part.Heads, part.Weight, part.Rotation, headCount, epsilon);
        }
    }

    /// <summary><c>softmax(scale q k^T + bias) v</c> for each head and batch element.</summary>
    /// <param name="query">[Tq, B, heads x D].</param>
    /// <param name="key">[Tk, B, heads x D].</param>
    /// <param name="value">[Tk, B, heads x D].</param>
    /// <param name="keyBias">[Tk], added to the scaled logits of each key, or null.</param>
    /// <param name="headCount">Heads.</param>
    /// <param name="scale">Usually 1 / sqrt(D).</param>
    /// <param name="output">[Tq, B, heads x D].</param>
    protected internal abstract void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output);
}

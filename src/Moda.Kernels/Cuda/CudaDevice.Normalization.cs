using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(weight);
        arguments.AddVector(bias);
        arguments.Add(epsilon);
        AddRows(ref arguments, output);
        bool isHeld = input.Channels <= NormalizationKernels.MaximumHeldChannels(ActivationType)
            && IsWide(input) && IsWide(weight) && IsWide(bias) && IsWide(output);
        Launch(
            isHeld ? kernels.Normalization.LayerNormWide : kernels.Normalization.LayerNorm,
            isHeld ? NormalizationKernels.ForWideRows(output.Rows) : NormalizationKernels.ForRows(output.Rows),
            in arguments);
    }

    /// <inheritdoc/>
    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(weight);
        arguments.Add(epsilon);
        AddRows(ref arguments, output);
        Launch(kernels.Normalization.RmsNorm, NormalizationKernels.ForRows(output.Rows), in arguments);
    }

    /// <inheritdoc/>
    protected internal override void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output)
    {
        if (TryModulateTogether([new AdaRmsNormPart(input, shift, scale, output)], epsilon))
        {
            return;
        }

        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddTensor(shift);
        arguments.AddTensor(scale);
        arguments.Add(input.Shape[1]).Add(epsilon);
        AddRows(ref arguments, output);
        Launch(kernels.Normalization.RmsNormModulate, NormalizationKernels.ForRows(output.Rows), in arguments);
    }

    /// <inheritdoc/>
    protected internal override void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
        if (TryRotateTogether([new QkNormRopePart(heads, weight, rotation)], headCount, epsilon))
        {
            return;
        }

        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(heads);
        arguments.AddVector(weight);
        arguments.AddVector(rotation);
        arguments.Add(rotation?.RowStride ?? 0).Add(rotation?.Rows ?? 1);
        arguments.Add(heads.Shape[1]).Add(headCount).Add(weight.Channels).Add(epsilon).Add((long)heads.Rows);
        Launch(kernels.Normalization.HeadNormRotate, NormalizationKernels.ForRows((long)heads.Rows * headCount), in arguments);
    }

    /// <inheritdoc/>
    protected internal override void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output)
    {
        int headChannels = query.Channels / headCount;
        if (headChannels > AttentionKernels.MaximumHeadChannels)
        {
            throw new NotSupportedException(
                $"{Name} does attention of heads of up to {AttentionKernels.MaximumHeadChannels} channels, not {headChannels} ({query.Shape}, {headCount} heads).");
        }

        using ContextScope scope = context.Enter();
        int batch = query.Shape[1];
        bool blocked = headChannels == AttentionKernels.BlockedHeadChannels;
        var arguments = new KernelArguments();
        arguments.AddTensor(query);
        arguments.AddTensor(key);
        arguments.AddTensor(value);
        arguments.AddVector(keyBias);
        arguments.Add(scale).Add(query.Shape[0]).Add(key.Shape[0]).Add(batch);
        if (!blocked)
        {
            arguments.Add(headCount).Add(headChannels);
        }

        arguments.AddTensor(output);
        bool isWide = IsWide(query) && IsWide(key) && IsWide(value) && IsWide(output);
        (CudaFunction function, LaunchConfiguration configuration) = blocked
            ? kernels.Attention.ForHeads64(isWide, query.Shape[0], headCount, batch)
            : kernels.Attention.ForAnyHeads(query.Shape[0], headCount, batch);
        Launch(function, configuration, in arguments);
    }

    private static void AddRows(ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add((long)output.Rows);
    }
}

using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output) =>
        loops.For(input.Rows, input.Channels, new LayerNormKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Weight = weight.Pointer(),
            Bias = bias.Pointer(),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Channels = input.Channels,
            Epsilon = epsilon,
        });

    /// <inheritdoc/>
    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output) =>
        loops.For(input.Rows, input.Channels, new RmsNormKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Weight = weight is { } present ? present.Pointer() : null,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Channels = input.Channels,
            Epsilon = epsilon,
        });

    /// <inheritdoc/>
    protected internal override void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output) =>
        loops.For(input.Rows, input.Channels, new AdaRmsNormKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Shift = shift.Pointer(),
            ShiftStride = shift.RowStride,
            Scale = scale.Pointer(),
            ScaleStride = scale.RowStride,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            BatchSize = shift.Rows,
            Channels = input.Channels,
            Epsilon = epsilon,
        });

    /// <inheritdoc/>
    protected internal override void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
        if (weight.Channels > QkNormRopeKernel.MaximumHeadChannels)
        {
            throw new NotSupportedException(
                $"The CPU device normalises heads of up to {QkNormRopeKernel.MaximumHeadChannels} channels, not {weight.Channels}.");
        }

        loops.For(heads.Rows, heads.Channels, new QkNormRopeKernel
        {
            Heads = heads.Pointer(),
            Stride = heads.RowStride,
            Weight = weight.Pointer(),
            Rotation = rotation is { } table ? table.Pointer() : null,
            RotationStride = rotation?.RowStride ?? 0,
            RotationPositions = rotation?.Rows ?? 1,
            BatchSize = heads.Shape[1],
            HeadCount = headCount,
            HeadChannels = weight.Channels,
            Epsilon = epsilon,
        });
    }
}

using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Cuda;

/// <summary>Ops over several parts in one launch, where alignment and sizes allow their kernels.</summary>
public sealed partial class CudaDevice
{
    private const int PartAlignment = 16;

    /// <inheritdoc/>
    protected internal override void Linear(ReadOnlySpan<LinearPart> parts, BatchPlan batch)
    {
        if (!TryLinearTogether(parts, batch))
        {
            base.Linear(parts, batch);
        }
    }

    /// <inheritdoc/>
    protected internal override void AdaRmsNorm(ReadOnlySpan<AdaRmsNormPart> parts, float epsilon)
    {
        if (!TryModulateTogether(parts, epsilon))
        {
            base.AdaRmsNorm(parts, epsilon);
        }
    }

    /// <inheritdoc/>
    protected internal override void QkNormRope(ReadOnlySpan<QkNormRopePart> parts, int headCount, float epsilon)
    {
        if (!TryRotateTogether(parts, headCount, epsilon))
        {
            base.QkNormRope(parts, headCount, epsilon);
        }
    }

    /// <summary>
    /// cuBLASLt is faster at one layer, unless a gate follows it and a kernel of its own: worth it for two gated layers, or more than two.
    /// </summary>
    private bool TryLinearTogether(ReadOnlySpan<LinearPart> parts, BatchPlan batch)
    {
        bool isWorthIt = parts.Length > 2 || (parts.Length == 2 && parts[0].Epilogue.Gate is not null && parts[1].Epilogue.Gate is not null);
        if (kernels.Linear is not { } linear || !isWorthIt || parts.Length > LinearKernels.MaximumParts)
        {
            return false;
        }

        var together = new KernelLinearParts { Count = parts.Length };
        for (int index = 0; index < parts.Length; index++)
        {
            if (!TryDescribe(parts[index], out together.Part[index]))
            {
                return false;
            }
        }

        using ContextScope scope = context.Enter();
        (CudaFunction function, LaunchConfiguration configuration) = linear.Prepare(ref together, batch);
        var arguments = new KernelArguments();
        arguments.Add(together);
        Launch(function, configuration, in arguments);
        return true;
    }

    private static bool TryDescribe(in LinearPart part, out KernelLinearPart description)
    {
        description = default;
        (Tensor input, LinearWeights weights, Epilogue epilogue, Tensor output) = part;
        bool isGateUsable = epilogue.Gate is not { } gate || (gate.Channels == output.Channels && IsWide(gate));
        if (!IsWide(input) || !IsWide(output) || !isGateUsable || (epilogue.Residual is { } residual && !IsWide(residual)))
        {
            return false;
        }

        var packed = (CudaLinearWeights)weights;
        description = new KernelLinearPart
        {
            Input = input.Address(),
            Weight = packed.Weight,
            Bias = packed.Bias,
            Gate = epilogue.Gate?.Address() ?? 0,
            Residual = epilogue.Residual?.Address() ?? 0,
            Output = output.Address(),
            InputStride = input.RowStride,
            GateStride = epilogue.Gate?.RowStride ?? 0,
            GateRows = epilogue.Gate?.Rows ?? 1,
            ResidualStride = epilogue.Residual?.RowStride ?? 0,
            OutputStride = output.RowStride,
            Rows = output.Rows,
            Inputs = weights.Inputs,
            Outputs = weights.Outputs,
            Activation = (int)epilogue.Activation.Kind,
            Slope = epilogue.Activation.Slope,
        };
        return true;
    }

    private bool TryModulateTogether(ReadOnlySpan<AdaRmsNormPart> parts, float epsilon)
    {
        int channels = parts[0].Input.Channels;
        if (parts.Length > NormalizationKernels.MaximumModulatedParts || channels > NormalizationKernels.MaximumHeldChannels(ActivationType))
        {
            return false;
        }

        var together = new KernelModulatedParts { Count = parts.Length, Channels = channels, Epsilon = epsilon };
        for (int index = 0; index < parts.Length; index++)
        {
            (Tensor input, Tensor shift, Tensor scale, Tensor output) = parts[index];
            if (!IsWide(input) || !IsWide(shift) || !IsWide(scale) || !IsWide(output))
            {
                return false;
            }

            together.Part[index] = new KernelModulatedPart
            {
                Input = input.Address(),
                Shift = shift.Address(),
                Scale = scale.Address(),
                Output = output.Address(),
                InputStride = input.RowStride,
                ShiftStride = shift.RowStride,
                ScaleStride = scale.RowStride,
                OutputStride = output.RowStride,
                Batch = input.Shape[1],
                FirstRow = together.Rows,
            };
            together.Rows += input.Rows;
        }

        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.Add(together);
        Launch(kernels.Normalization.RmsNormModulateWide, NormalizationKernels.ForWideRows(together.Rows), in arguments);
        return true;
    }

    private bool TryRotateTogether(ReadOnlySpan<QkNormRopePart> parts, int headCount, float epsilon)
    {
        if (kernels.Normalization.HeadNormRotate64 is not { } function
            || parts.Length > NormalizationKernels.MaximumHeadsParts
            || parts[0].Weight.Channels != AttentionKernels.BlockedHeadChannels)
        {
            return false;
        }

        var together = new KernelHeadsParts { Count = parts.Length, Heads = headCount, Epsilon = epsilon };
        for (int index = 0; index < parts.Length; index++)
        {
            (Tensor heads, Tensor weight, Tensor? rotation) = parts[index];
            if (!IsWide(heads) || !IsWide(weight))
            {
                return false;
            }

            together.Part[index] = new KernelHeadsPart
            {
                Tokens = heads.Address(),
                Weight = weight.Address(),
                Rotation = rotation?.Address() ?? 0,
                TokenStride = heads.RowStride,
                RotationStride = rotation?.RowStride ?? 0,
                Positions = rotation?.Rows ?? 1,
                Batch = heads.Shape[1],
                FirstRow = together.Rows,
            };
            together.Rows += heads.Rows;
        }

        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.Add(together);
        Launch(function, NormalizationKernels.ForHeads64((long)together.Rows * headCount), in arguments);
        return true;
    }

    /// <summary>Whether every position can be read in pieces of 16 bytes.</summary>
    private static bool IsWide(in Tensor tensor)
    {
        int size = tensor.Type.SizeInBytes();
        return tensor.Channels * size % PartAlignment == 0
            && tensor.RowStride * size % PartAlignment == 0
            && tensor.Address() % PartAlignment == 0;
    }
}

using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>
/// Norms over the channels of a position: <c>normalization.cu</c>. Each warp does one position or head. The wide kernels hold a position
/// in registers and read 16 bytes at a time, where alignment and channels allow it.
/// </summary>
/// <param name="module"><c>normalization.cu</c>.</param>
/// <param name="half">Whether activations are float16.</param>
internal sealed class NormalizationKernels(CudaModule module, bool half)
{
    private const int AccessBytes = 16;
    private const int Threads = 256;
    private const int WarpsPerBlock = Threads / 32;

    // Small blocks, since there are few rows for each multiprocessor.
    private const int WideThreads = 128;

    // qk_norm_rope_64: heads of 64 channels, eight lanes for each.
    private const int HeldHeadChannels = 64;
    private const int LanesPerHead = 8;

    private readonly CudaFunction layerNorm = module.GetFunction("layer_norm");
    private readonly CudaFunction rmsNorm = module.GetFunction("rms_norm");
    private readonly CudaFunction adaRmsNorm = module.GetFunction("ada_rms_norm");
    private readonly CudaFunction qkNormRope = module.GetFunction("qk_norm_rope");

    private readonly CudaFunction layerNormWide = module.GetFunction("layer_norm_wide");
    private readonly CudaFunction adaRmsNormWide = module.GetFunction("ada_rms_norm_wide");
    private readonly CudaFunction? qkNormRope64 = half ? module.GetFunction("qk_norm_rope_64") : null;

    /// <summary><see cref="Device.LayerNorm"/>.</summary>
    public void LayerNorm(CudaQueue queue, Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(weight);
        arguments.AddVector(bias);
        arguments.Add(epsilon);
        arguments.AddRowOutput(output);
        bool isHeld = input.Channels <= MaximumHeldChannels(queue.ActivationType)
            && input.IsAligned(AccessBytes) && weight.IsAligned(AccessBytes) && bias.IsAligned(AccessBytes) && output.IsAligned(AccessBytes);
        queue.Launch(isHeld ? layerNormWide : layerNorm, isHeld ? ForWideRows(output.Rows) : ForRows(output.Rows), in arguments);
    }

    /// <summary><see cref="Device.RmsNorm"/>.</summary>
    public void RmsNorm(CudaQueue queue, Tensor input, Tensor? weight, float epsilon, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(weight);
        arguments.Add(epsilon);
        arguments.AddRowOutput(output);
        queue.Launch(rmsNorm, ForRows(output.Rows), in arguments);
    }

    /// <summary><see cref="Device.AdaRmsNorm(Tensor, Tensor, Tensor, float, Tensor)"/>.</summary>
    public void AdaRmsNorm(CudaQueue queue, Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output)
    {
        if (TryAdaRmsNorm(queue, [new AdaRmsNormPart(input, shift, scale, output)], epsilon))
        {
            return;
        }

        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddTensor(shift);
        arguments.AddTensor(scale);
        arguments.Add(input.Shape[1]).Add(epsilon);
        arguments.AddRowOutput(output);
        queue.Launch(adaRmsNorm, ForRows(output.Rows), in arguments);
    }

    /// <summary><see cref="Device.AdaRmsNorm(ReadOnlySpan{AdaRmsNormPart}, float)"/>, where the wide kernel can do all parts in one launch.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TryAdaRmsNorm(CudaQueue queue, ReadOnlySpan<AdaRmsNormPart> parts, float epsilon)
    {
        int channels = parts[0].Input.Channels;
        if (parts.Length > KernelModulatedParts.MaximumParts || channels > MaximumHeldChannels(queue.ActivationType))
        {
            return false;
        }

        var group = new KernelModulatedParts { Count = parts.Length, Channels = channels, Epsilon = epsilon };
        for (int index = 0; index < parts.Length; index++)
        {
            (Tensor input, Tensor shift, Tensor scale, Tensor output) = parts[index];
            if (!input.IsAligned(AccessBytes) || !shift.IsAligned(AccessBytes) || !scale.IsAligned(AccessBytes) || !output.IsAligned(AccessBytes))
            {
                return false;
            }

            group.Part[index] = new KernelModulatedPart
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
                FirstRow = group.Rows,
            };
            group.Rows += input.Rows;
        }

        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.Add(group);
        queue.Launch(adaRmsNormWide, ForWideRows(group.Rows), in arguments);
        return true;
    }

    /// <summary><see cref="Device.QkNormRope(Tensor, Tensor, Tensor?, int, float)"/>.</summary>
    public void QkNormRope(CudaQueue queue, Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
        if (TryQkNormRope(queue, [new QkNormRopePart(heads, weight, rotation)], headCount, epsilon))
        {
            return;
        }

        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(heads);
        arguments.AddVector(weight);
        arguments.AddVector(rotation);
        arguments.Add(rotation?.RowStride ?? 0).Add(rotation?.Rows ?? 1);
        arguments.Add(heads.Shape[1]).Add(headCount).Add(weight.Channels).Add(epsilon).Add((long)heads.Rows);
        queue.Launch(qkNormRope, ForRows((long)heads.Rows * headCount), in arguments);
    }

    /// <summary><see cref="Device.QkNormRope(ReadOnlySpan{QkNormRopePart}, int, float)"/>, where one launch can do all parts.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TryQkNormRope(CudaQueue queue, ReadOnlySpan<QkNormRopePart> parts, int headCount, float epsilon)
    {
        if (qkNormRope64 is null || parts.Length > KernelHeadsParts.MaximumParts || parts[0].Weight.Channels != HeldHeadChannels)
        {
            return false;
        }

        var group = new KernelHeadsParts { Count = parts.Length, Heads = headCount, Epsilon = epsilon };
        for (int index = 0; index < parts.Length; index++)
        {
            (Tensor heads, Tensor weight, Tensor? rotation) = parts[index];
            if (!heads.IsAligned(AccessBytes) || !weight.IsAligned(AccessBytes))
            {
                return false;
            }

            group.Part[index] = new KernelHeadsPart
            {
                Tokens = heads.Address(),
                Weight = weight.Address(),
                Rotation = rotation?.Address() ?? 0,
                TokenStride = heads.RowStride,
                RotationStride = rotation?.RowStride ?? 0,
                Positions = rotation?.Rows ?? 1,
                Batch = heads.Shape[1],
                FirstRow = group.Rows,
            };
            group.Rows += heads.Rows;
        }

        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.Add(group);
        queue.Launch(qkNormRope64, ForThreads((long)group.Rows * headCount * LanesPerHead), in arguments);
        return true;
    }

    /// <summary>The most channels of a position that the wide kernels hold: four pieces of 16 bytes in each lane.</summary>
    private static int MaximumHeldChannels(ElementType type) => 4 * 32 * AccessBytes / type.SizeInBytes();

    /// <summary>One warp for each row.</summary>
    private static LaunchConfiguration ForRows(long rows) =>
        new(new LaunchExtents(checked((int)Division.RoundUp(rows, WarpsPerBlock))), new LaunchExtents(Threads));

    /// <summary>One warp for each row, in the smaller blocks of the wide kernels.</summary>
    private static LaunchConfiguration ForWideRows(long rows) => ForThreads(rows * 32);

    private static LaunchConfiguration ForThreads(long threads) =>
        new(new LaunchExtents(checked((int)Division.RoundUp(threads, WideThreads))), new LaunchExtents(WideThreads));
}

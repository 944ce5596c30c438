using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Norms over the channels of a position: a group for each position or head, variance in two passes.</summary>
internal sealed class NormalizationKernels(Accelerator accelerator)
{
    private readonly Kernel<NormArguments> layerNorm = new(accelerator, LayerNormRows);
    private readonly Kernel<NormArguments> rmsNorm = new(accelerator, RmsNormRows);
    private readonly Kernel<ModulatedArguments> adaRmsNorm = new(accelerator, AdaRmsNormRows);
    private readonly Kernel<HeadArguments> qkNormRope = new(accelerator, QkNormRopeHeads);

    /// <summary><see cref="Device.LayerNorm"/>.</summary>
    public void LayerNorm(IlgpuQueue queue, Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output) =>
        queue.LaunchForRows(layerNorm, input.Rows, new NormArguments(input, TensorView.Of(weight), TensorView.Of(bias), true, epsilon, output));

    /// <summary><see cref="Device.RmsNorm"/>.</summary>
    public void RmsNorm(IlgpuQueue queue, Tensor input, Tensor? weight, float epsilon, Tensor output)
    {
        TensorView weights = weight is { } present ? TensorView.Of(present) : queue.Nothing;
        queue.LaunchForRows(rmsNorm, input.Rows, new NormArguments(input, weights, queue.Nothing, weight is not null, epsilon, output));
    }

    /// <summary><see cref="Device.AdaRmsNorm(Tensor, Tensor, Tensor, float, Tensor)"/>.</summary>
    public void AdaRmsNorm(IlgpuQueue queue, Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output) =>
        queue.LaunchForRows(adaRmsNorm, input.Rows, new ModulatedArguments(input, shift, scale, epsilon, output));

    /// <summary><see cref="Device.QkNormRope(Tensor, Tensor, Tensor?, int, float)"/>.</summary>
    public void QkNormRope(IlgpuQueue queue, Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
        TensorView rotations = rotation is { } present ? TensorView.Of(present) : queue.Nothing;
        var arguments = new HeadArguments(heads, weight, rotations, rotation?.Rows ?? 0, headCount, epsilon);
        queue.LaunchForRows(qkNormRope, (long)heads.Rows * headCount, arguments);
    }

    private static void LayerNormRows(NormArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        for (long row = Grid.IdxX; row < a.Rows; row += Grid.DimX)
        {
            float sum = 0;
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                sum += a.Input.Load(row, c);
            }

            float mean = GroupReduction.Sum(sum, shared) / a.Channels;
            float squares = 0;
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                float centred = a.Input.Load(row, c) - mean;
                squares += centred * centred;
            }

            float scale = KernelMath.ReciprocalSqrt((GroupReduction.Sum(squares, shared) / a.Channels) + a.Epsilon);
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                a.Output.Store(row, c, ((a.Input.Load(row, c) - mean) * scale * a.Weight.Values[c]) + a.Bias.Values[c]);
            }
        }
    }

    private static void RmsNormRows(NormArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        for (long row = Grid.IdxX; row < a.Rows; row += Grid.DimX)
        {
            float scale = ReciprocalRms(a.Input, row, 0, a.Channels, a.Epsilon, shared);
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                a.Output.Store(row, c, a.Input.Load(row, c) * scale * (a.HasWeight != 0 ? a.Weight.Values[c] : 1));
            }
        }
    }

    private static void AdaRmsNormRows(ModulatedArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        for (long row = Grid.IdxX; row < a.Rows; row += Grid.DimX)
        {
            long element = row % a.Batch;
            float factor = ReciprocalRms(a.Input, row, 0, a.Channels, a.Epsilon, shared);
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                float modulated = a.Input.Load(row, c) * factor * (1 + a.Scale.Load(element, c));
                a.Output.Store(row, c, modulated + a.Shift.Load(element, c));
            }
        }
    }

    // A thread rotates whole pairs, so that it alone reads and writes them.
    private static void QkNormRopeHeads(HeadArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        for (long item = Grid.IdxX; item < a.Rows * a.Heads; item += Grid.DimX)
        {
            long row = item / a.Heads;
            int first = (int)(item - (row * a.Heads)) * a.Channels;
            float factor = ReciprocalRms(a.Tokens, row, first, a.Channels, a.Epsilon, shared);
            long position = a.Positions == 0 ? 0 : row / a.Batch % a.Positions;
            for (int c = 2 * Group.IdxX; c < a.Channels; c += 2 * Group.DimX)
            {
                float even = a.Tokens.Load(row, first + c) * factor * a.Weight.Values[c];
                if (c + 1 == a.Channels)
                {
                    a.Tokens.Store(row, first + c, even);
                }
                else
                {
                    float odd = a.Tokens.Load(row, first + c + 1) * factor * a.Weight.Values[c + 1];
                    float cosine = a.Positions == 0 ? 1 : a.Rotation.Load(position, c / 2);
                    float sine = a.Positions == 0 ? 0 : a.Rotation.Load(position, (a.Channels / 2) + (c / 2));
                    a.Tokens.Store(row, first + c, (even * cosine) - (odd * sine));
                    a.Tokens.Store(row, first + c + 1, (odd * cosine) + (even * sine));
                }
            }
        }
    }

    private static float ReciprocalRms(TensorView input, long row, int first, int channels, float epsilon, ArrayView<float> shared)
    {
        float squares = 0;
        for (int c = Group.IdxX; c < channels; c += Group.DimX)
        {
            float value = input.Load(row, first + c);
            squares += value * value;
        }

        return KernelMath.ReciprocalSqrt((GroupReduction.Sum(squares, shared) / channels) + epsilon);
    }

    /// <summary>A norm with weight and bias.</summary>
    internal readonly struct NormArguments(
        Tensor input, TensorView weight, TensorView bias, bool hasWeight, float epsilon, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly TensorView Weight = weight;
        public readonly TensorView Bias = bias;
        public readonly TensorView Output = TensorView.Of(output);
        public readonly int HasWeight = hasWeight ? 1 : 0;
        public readonly float Epsilon = epsilon;
        public readonly int Channels = input.Channels;
        public readonly long Rows = input.Rows;
    }

    /// <summary>A norm whose scale and shift depend on the batch element; tokens are [T, B, C].</summary>
    internal readonly struct ModulatedArguments(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly TensorView Shift = TensorView.Of(shift);
        public readonly TensorView Scale = TensorView.Of(scale);
        public readonly TensorView Output = TensorView.Of(output);
        public readonly int Batch = input.Shape[1];
        public readonly float Epsilon = epsilon;
        public readonly int Channels = input.Channels;
        public readonly long Rows = input.Rows;
    }

    /// <summary>Heads [T, B, heads x D] that are normed and rotated in place; 0 positions for no rotation.</summary>
    internal readonly struct HeadArguments(Tensor tokens, Tensor weight, TensorView rotation, int positions, int heads, float epsilon)
    {
        public readonly TensorView Tokens = TensorView.Of(tokens);
        public readonly TensorView Weight = TensorView.Of(weight);
        public readonly TensorView Rotation = rotation;
        public readonly int Positions = positions;
        public readonly int Batch = tokens.Shape[1];
        public readonly int Heads = heads;
        public readonly int Channels = tokens.Channels / heads;
        public readonly float Epsilon = epsilon;
        public readonly long Rows = tokens.Rows;
    }
}

using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>
/// Multi-head attention without ever writing the scores: the softmax is updated block of keys by block of keys (Milakov and Gimelshein
/// 2018; FlashAttention).
/// </summary>
/// <param name="accelerator">What the kernels are compiled for.</param>
/// <param name="usesTiles">Whether kernels may have barriers.</param>
internal sealed class AttentionKernels(Accelerator accelerator, bool usesTiles)
{
    private const int MostHeadChannels = 256;

    private readonly Kernel<AttentionArguments> byQuery = new(accelerator, AttendByQuery);
    private readonly Kernel<AttentionArguments> tiled = new(accelerator, TiledAttention.Attend);

    /// <summary><see cref="Device.Attention"/>.</summary>
    /// <exception cref="NotSupportedException">Heads have more channels than the kernel takes.</exception>
    public void Attention(IlgpuQueue queue, Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output)
    {
        int headChannels = query.Channels / headCount;
        if (headChannels > MostHeadChannels)
        {
            throw new NotSupportedException(
                $"{queue.DeviceName} does attention of heads of up to {MostHeadChannels} channels, not {headChannels} ({query.Shape}, {headCount} heads).");
        }

        TensorView biases = keyBias is { } present ? TensorView.Of(present) : queue.Nothing;
        var arguments = new AttentionArguments(query, key, value, biases, keyBias is not null, headCount, scale, output);
        if (usesTiles && headChannels == TiledAttention.Channels)
        {
            int blocks = (arguments.Queries + TiledAttention.Queries - 1) / TiledAttention.Queries;
            var grid = new Index3D(blocks, headCount, arguments.Batch);
            queue.Launch(tiled, new KernelConfig(grid, new Index3D(TiledAttention.Threads, 1, 1)), arguments);
        }
        else
        {
            queue.LaunchForRows(byQuery, (long)query.Rows * headCount, arguments);
        }
    }

    // A group takes one query of a head. Each of its threads computes the score of one key of a block; then each sums channels.
    private static void AttendByQuery(AttentionArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        ArrayView<float> weights = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        ArrayView<float> scaledQuery = SharedMemory.Allocate<float>(MostHeadChannels);
        ArrayView<float> sums = SharedMemory.Allocate<float>(MostHeadChannels);
        for (long item = Grid.IdxX; item < a.Items; item += Grid.DimX)
        {
            long row = item / a.Heads;
            int first = (int)(item - (row * a.Heads)) * a.Channels;
            long element = row % a.Batch;
            Group.Barrier();
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                scaledQuery[c] = a.Query.Load(row, first + c) * a.Scale;
                sums[c] = 0;
            }

            Group.Barrier();
            float largest = float.MinValue;
            float total = 0;
            for (int firstKey = 0; firstKey < a.Keys; firstKey += Group.DimX)
            {
                int ownKey = firstKey + Group.IdxX;
                float score = float.MinValue;
                if (ownKey < a.Keys)
                {
                    score = a.HasBias != 0 ? a.KeyBias.Values[ownKey] : 0;
                    float product = 0;
                    long keyRow = (ownKey * a.Batch) + element;
                    for (int c = 0; c < a.Channels; c++)
                    {
                        product += scaledQuery[c] * a.Key.Load(keyRow, first + c);
                    }

                    score += product;
                }

                float now = MathF.Max(largest, GroupReduction.Maximum(score, shared));
                float correction = KernelMath.Exp(largest - now);
                float weight = ownKey < a.Keys ? KernelMath.Exp(score - now) : 0;
                weights[Group.IdxX] = weight;
                total = (total * correction) + GroupReduction.Sum(weight, shared);
                largest = now;
                int count = Math.Min(Group.DimX, a.Keys - firstKey);
                for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
                {
                    float sum = sums[c] * correction;
                    for (int key = 0; key < count; key++)
                    {
                        sum += weights[key] * a.Value.Load(((firstKey + key) * a.Batch) + element, first + c);
                    }

                    sums[c] = sum;
                }
            }

            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                a.Output.Store(row, first + c, sums[c] / total);
            }
        }
    }
}

using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>
/// Statistics of each channel over all positions: a thread for each channel and range of positions, then one for each channel. Sums are
/// relative to the range's first value, which avoids cancellation.
/// </summary>
internal sealed class StatisticsKernels(Accelerator accelerator)
{
    private const int MostRanges = 256;

    private readonly Kernel<PartialArguments> partialMoments = new(accelerator, PartialMoments);
    private readonly Kernel<MomentArguments> combineMoments = new(accelerator, CombineMoments);
    private readonly Kernel<PartialArguments> partialSums = new(accelerator, PartialSums);
    private readonly Kernel<AverageArguments> combineAverages = new(accelerator, CombineAverages);
    private readonly Kernel<PartialArguments> partialSquares = new(accelerator, PartialSquares);
    private readonly Kernel<NormArguments> combineNorms = new(accelerator, CombineNorms);
    private readonly Kernel<ResponseArguments> respond = new(accelerator, Respond);

    /// <summary><see cref="Device.InstanceStatistics"/>.</summary>
    public void InstanceStatistics(IlgpuQueue queue, Tensor input, float epsilon, Tensor statistics)
    {
        var ranges = PositionRanges.Of(input);
        ArrayView<float> partial = queue.RentScratch(2 * ranges.Count);
        queue.LaunchForElements(partialMoments, ranges.Count, new PartialArguments(input, ranges, partial));
        queue.LaunchForElements(combineMoments, ranges.Channels, new MomentArguments(ranges, partial, epsilon, statistics));
    }

    /// <summary><see cref="Device.GlobalAveragePool"/>.</summary>
    public void GlobalAveragePool(IlgpuQueue queue, Tensor input, Tensor output)
    {
        var ranges = PositionRanges.Of(input);
        ArrayView<float> partial = queue.RentScratch(ranges.Count);
        queue.LaunchForElements(partialSums, ranges.Count, new PartialArguments(input, ranges, partial));
        queue.LaunchForElements(combineAverages, ranges.Channels, new AverageArguments(ranges, partial, output));
    }

    /// <summary><see cref="Device.GlobalResponseNorm"/>.</summary>
    public void GlobalResponseNorm(IlgpuQueue queue, Tensor input, Tensor gamma, Tensor beta, Tensor output)
    {
        var ranges = PositionRanges.Of(input);
        ArrayView<float> scratch = queue.RentScratch(ranges.Count + ranges.Channels);
        ArrayView<float> partial = scratch.SubView(0, ranges.Count);
        ArrayView<float> norms = scratch.SubView(ranges.Count, ranges.Channels);
        queue.LaunchForElements(partialSquares, ranges.Count, new PartialArguments(input, ranges, partial));
        queue.LaunchForElements(combineNorms, ranges.Channels, new NormArguments(ranges, partial, norms));
        queue.LaunchForRows(respond, input.Rows, new ResponseArguments(input, ranges.Positions, norms, gamma, beta, output));
    }

    // Mean and sum of squared differences from it of a range.
    private static void PartialMoments(PartialArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Count; flat += ElementPosition.Step)
        {
            RangeOfChannel range = a.Ranges.Get(flat);
            float origin = a.Input.Load(range.Begin, range.Channel);
            float sum = 0;
            float squares = 0;
            for (long row = range.Begin; row < range.End; row++)
            {
                float difference = a.Input.Load(row, range.Channel) - origin;
                sum += difference;
                squares += difference * difference;
            }

            float count = range.End - range.Begin;
            a.Partial[flat] = origin + (sum / count);
            a.Partial[a.Ranges.Count + flat] = squares - (sum * sum / count);
        }
    }

    private static void CombineMoments(MomentArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Channels; flat += ElementPosition.Step)
        {
            // Relative to the first range's mean, as within a range.
            RangeOfChannel first = a.Ranges.Get(a.Ranges.IndexOf(flat, 0));
            float origin = a.Partial[a.Ranges.IndexOf(flat, 0)];
            float sum = 0;
            float squares = 0;
            for (int index = 0; index < a.Ranges.PerChannel; index++)
            {
                long place = a.Ranges.IndexOf(flat, index);
                RangeOfChannel range = a.Ranges.Get(place);
                float count = range.End - range.Begin;
                float difference = a.Partial[place] - origin;
                sum += count * difference;
                squares += a.Partial[a.Ranges.Count + place] + (count * difference * difference);
            }

            float shift = sum / a.Ranges.Positions;
            float variance = (squares - (sum * shift)) / a.Ranges.Positions;
            a.Statistics.Store(2 * first.Element, first.Channel, origin + shift);
            a.Statistics.Store((2 * first.Element) + 1, first.Channel, KernelMath.ReciprocalSqrt((variance > 0 ? variance : 0) + a.Epsilon));
        }
    }

    private static void PartialSums(PartialArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Count; flat += ElementPosition.Step)
        {
            RangeOfChannel range = a.Ranges.Get(flat);
            float sum = 0;
            for (long row = range.Begin; row < range.End; row++)
            {
                sum += a.Input.Load(row, range.Channel);
            }

            a.Partial[flat] = sum;
        }
    }

    private static void CombineAverages(AverageArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Channels; flat += ElementPosition.Step)
        {
            RangeOfChannel first = a.Ranges.Get(a.Ranges.IndexOf(flat, 0));
            a.Output.Store(first.Element, first.Channel, a.Ranges.Sum(a.Partial, flat) / a.Ranges.Positions);
        }
    }

    private static void PartialSquares(PartialArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Count; flat += ElementPosition.Step)
        {
            RangeOfChannel range = a.Ranges.Get(flat);
            float sum = 0;
            for (long row = range.Begin; row < range.End; row++)
            {
                float value = a.Input.Load(row, range.Channel);
                sum += value * value;
            }

            a.Partial[flat] = sum;
        }
    }

    private static void CombineNorms(NormArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Ranges.Channels; flat += ElementPosition.Step)
        {
            a.Norms[flat] = MathF.Sqrt(a.Ranges.Sum(a.Partial, flat));
        }
    }

    // A group for each position: the mean of the norms is cheap beside the position's channels.
    private static void Respond(ResponseArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        for (long row = Grid.IdxX; row < a.Rows; row += Grid.DimX)
        {
            long first = row / a.Positions * a.Channels;
            float sum = 0;
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                sum += a.Norms[first + c];
            }

            float reciprocal = 1 / ((GroupReduction.Sum(sum, shared) / a.Channels) + 1e-6f);
            for (int c = Group.IdxX; c < a.Channels; c += Group.DimX)
            {
                float x = a.Input.Load(row, c);
                a.Output.Store(row, c, (a.Gamma.Values[c] * (x * (a.Norms[first + c] * reciprocal))) + a.Beta.Values[c] + x);
            }
        }
    }

    /// <summary>The positions of a batch element, split into ranges. Partial results are [N, ranges, C].</summary>
    internal readonly struct PositionRanges(long elements, int positions, int length, int perChannel, int channels)
    {
        public readonly int Positions = positions;
        public readonly int PerChannel = perChannel;
        private readonly int length = length;
        private readonly int channels = channels;
        private readonly long elements = elements;

        /// <summary>Channels of all elements.</summary>
        public long Channels => elements * channels;

        /// <summary>Ranges of all channels.</summary>
        public long Count => Channels * PerChannel;

        public static PositionRanges Of(in Tensor input)
        {
            int positions = input.Rows / input.Shape[0];

            // A thread of the first kernel reads as many values as one of the second.
            int wanted = Math.Min((int)Math.Ceiling(Math.Sqrt(positions)), MostRanges);
            int length = (positions + wanted - 1) / wanted;
            return new(input.Shape[0], positions, length, (positions + length - 1) / length, input.Channels);
        }

        public RangeOfChannel Get(long index)
        {
            var channel = ElementPosition.Of(index, channels);
            var range = ElementPosition.Of(channel.Row, PerChannel);
            int begin = range.Column * length;
            int end = Math.Min(begin + length, Positions);
            return new RangeOfChannel(range.Row, channel.Column, (range.Row * Positions) + begin, (range.Row * Positions) + end);
        }

        /// <summary>The index of a range of one of all elements' channels.</summary>
        public long IndexOf(long channel, int range)
        {
            var at = ElementPosition.Of(channel, channels);
            return (((at.Row * PerChannel) + range) * channels) + at.Column;
        }

        public float Sum(ArrayView<float> partial, long channel)
        {
            float sum = 0;
            for (int range = 0; range < PerChannel; range++)
            {
                sum += partial[IndexOf(channel, range)];
            }

            return sum;
        }
    }

    /// <summary>A range of rows of one channel of one batch element.</summary>
    internal readonly struct RangeOfChannel(long element, int channel, long begin, long end)
    {
        public readonly long Element = element;
        public readonly int Channel = channel;
        public readonly long Begin = begin;
        public readonly long End = end;
    }

    /// <summary>A tensor, and a result for each range.</summary>
    internal readonly struct PartialArguments(Tensor input, PositionRanges ranges, ArrayView<float> partial)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly PositionRanges Ranges = ranges;
        public readonly ArrayView<float> Partial = partial;
    }

    /// <summary>Moments of ranges, and the statistics of channels.</summary>
    internal readonly struct MomentArguments(PositionRanges ranges, ArrayView<float> partial, float epsilon, Tensor statistics)
    {
        public readonly PositionRanges Ranges = ranges;
        public readonly ArrayView<float> Partial = partial;
        public readonly float Epsilon = epsilon;
        public readonly TensorView Statistics = TensorView.Of(statistics);
    }

    /// <summary>Sums of ranges, and the averages of channels.</summary>
    internal readonly struct AverageArguments(PositionRanges ranges, ArrayView<float> partial, Tensor output)
    {
        public readonly PositionRanges Ranges = ranges;
        public readonly ArrayView<float> Partial = partial;
        public readonly TensorView Output = TensorView.Of(output);
    }

    /// <summary>Sums of squares of ranges, and the norms of channels.</summary>
    internal readonly struct NormArguments(PositionRanges ranges, ArrayView<float> partial, ArrayView<float> norms)
    {
        public readonly PositionRanges Ranges = ranges;
        public readonly ArrayView<float> Partial = partial;
        public readonly ArrayView<float> Norms = norms;
    }

    /// <summary>A global response norm with the norms [N, C] of its channels.</summary>
    internal readonly struct ResponseArguments(Tensor input, int positions, ArrayView<float> norms, Tensor gamma, Tensor beta, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly ArrayView<float> Norms = norms;
        public readonly TensorView Gamma = TensorView.Of(gamma);
        public readonly TensorView Beta = TensorView.Of(beta);
        public readonly TensorView Output = TensorView.Of(output);
        public readonly int Positions = positions;
        public readonly int Channels = input.Channels;
        public readonly long Rows = input.Rows;
    }
}

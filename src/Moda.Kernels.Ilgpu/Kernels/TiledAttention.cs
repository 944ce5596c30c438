using ILGPU;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Products;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>
/// Attention of heads of 64 channels: a group of 256 threads does 64 queries of one head and batch element, 32 keys at a time. Each thread
/// computes the scores of 4 queries and 2 keys, then the weights of one query and 8 keys, then sums of 4 queries and 4 channels.
/// </summary>
internal static class TiledAttention
{
    /// <summary>Channels of a head.</summary>
    public const int Channels = 64;

    /// <summary>Queries of a group.</summary>
    public const int Queries = 64;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private const int Keys = 32;
    private const int Side = 16;
    private const int ThreadsOfQuery = Threads / Queries;
    private const int KeysOfThread = Keys / ThreadsOfQuery;

    // Queries and weights are read in fours of queries. One key more than there is puts neighbouring channels on different banks.
    private const int QueryPitch = (Queries / 4) + 1;
    private const int KeyPitch = Keys + 1;

    /// <summary>Grid: x blocks of queries, y heads, z batch elements.</summary>
    public static void Attend(AttentionArguments a)
    {
        ArrayView<Float4> queries = SharedMemory.Allocate<Float4>(Channels * QueryPitch);
        ArrayView<float> keys = SharedMemory.Allocate<float>(Channels * KeyPitch);
        ArrayView<Float4> values = SharedMemory.Allocate<Float4>(Keys * Channels / 4);
        ArrayView<Float4> weights = SharedMemory.Allocate<Float4>(Keys * QueryPitch);
        ArrayView<float> partial = SharedMemory.Allocate<float>(Threads);
        ArrayView<Float4> corrections = SharedMemory.Allocate<Float4>(Queries / 4);
        ArrayView<float> weightValues = weights.Cast<float>();
        int threadX = Group.IdxX % Side;
        int threadY = Group.IdxX / Side;
        int ownQuery = Group.IdxX / ThreadsOfQuery;
        int firstOwnKey = Group.IdxX % ThreadsOfQuery * KeysOfThread;
        int firstQuery = Grid.IdxX * Queries;
        int firstChannel = Grid.IdxY * Channels;
        LoadQueries(a, queries.Cast<float>(), firstQuery, firstChannel);

        float largest = float.MinValue;
        float total = 0;
        Float4 sum0 = default;
        Float4 sum1 = default;
        Float4 sum2 = default;
        Float4 sum3 = default;
        for (int firstKey = 0; firstKey < a.Keys; firstKey += Keys)
        {
            Group.Barrier();
            LoadKeys(a, keys, values.Cast<float>(), firstKey, firstChannel);
            Group.Barrier();
            Float4 low = default;
            Float4 high = default;
            for (int c = 0; c < Channels; c++)
            {
                Float4 query = queries[(c * QueryPitch) + threadY];
                low = Float4.MultiplyAdd(keys[(c * KeyPitch) + threadX], query, low);
                high = Float4.MultiplyAdd(keys[(c * KeyPitch) + threadX + Side], query, high);
            }

            weights[(threadX * QueryPitch) + threadY] = low;
            weights[((threadX + Side) * QueryPitch) + threadY] = high;
            Group.Barrier();

            // Each thread of a query keeps the same largest score and the same total.
            float ownLargest = float.MinValue;
            for (int i = 0; i < KeysOfThread; i++)
            {
                int key = firstOwnKey + i;
                if (firstKey + key < a.Keys)
                {
                    int place = (key * QueryPitch * 4) + ownQuery;
                    float score = weightValues[place] + (a.HasBias != 0 ? a.KeyBias.Values[firstKey + key] : 0);
                    weightValues[place] = score;
                    ownLargest = MathF.Max(ownLargest, score);
                }
            }

            partial[Group.IdxX] = ownLargest;
            Group.Barrier();
            int first = ownQuery * ThreadsOfQuery;
            float now = MathF.Max(MathF.Max(partial[first], partial[first + 1]), MathF.Max(partial[first + 2], partial[first + 3]));
            now = MathF.Max(now, largest);
            float correction = KernelMath.Exp(largest - now);
            largest = now;
            float ownTotal = 0;
            for (int i = 0; i < KeysOfThread; i++)
            {
                int key = firstOwnKey + i;
                int place = (key * QueryPitch * 4) + ownQuery;
                float weight = firstKey + key < a.Keys ? KernelMath.Exp(weightValues[place] - now) : 0;
                weightValues[place] = weight;
                ownTotal += weight;
            }

            Group.Barrier();
            partial[Group.IdxX] = ownTotal;
            if (Group.IdxX % ThreadsOfQuery == 0)
            {
                corrections.Cast<float>()[ownQuery] = correction;
            }

            Group.Barrier();
            total = (total * correction) + partial[first] + partial[first + 1] + partial[first + 2] + partial[first + 3];
            Float4 factors = corrections[threadY];
            sum0 = Float4.MultiplyAdd(factors.X, sum0, default);
            sum1 = Float4.MultiplyAdd(factors.Y, sum1, default);
            sum2 = Float4.MultiplyAdd(factors.Z, sum2, default);
            sum3 = Float4.MultiplyAdd(factors.W, sum3, default);
            for (int key = 0; key < Keys; key++)
            {
                Float4 weight = weights[(key * QueryPitch) + threadY];
                Float4 value = values[(key * Channels / 4) + threadX];
                sum0 = Float4.MultiplyAdd(weight.X, value, sum0);
                sum1 = Float4.MultiplyAdd(weight.Y, value, sum1);
                sum2 = Float4.MultiplyAdd(weight.Z, value, sum2);
                sum3 = Float4.MultiplyAdd(weight.W, value, sum3);
            }
        }

        // The totals belong to the threads of a query, the sums to others.
        Group.Barrier();
        if (Group.IdxX % ThreadsOfQuery == 0)
        {
            corrections.Cast<float>()[ownQuery] = 1 / total;
        }

        Group.Barrier();
        Float4 reciprocals = corrections[threadY];
        int row = firstQuery + (4 * threadY);
        int channel = firstChannel + (4 * threadX);
        Store(a, row, channel, Float4.MultiplyAdd(reciprocals.X, sum0, default));
        Store(a, row + 1, channel, Float4.MultiplyAdd(reciprocals.Y, sum1, default));
        Store(a, row + 2, channel, Float4.MultiplyAdd(reciprocals.Z, sum2, default));
        Store(a, row + 3, channel, Float4.MultiplyAdd(reciprocals.W, sum3, default));
    }

    private static void LoadQueries(AttentionArguments a, ArrayView<float> queries, int firstQuery, int firstChannel)
    {
        for (int i = Group.IdxX; i < Queries * Channels; i += Threads)
        {
            int query = i / Channels;
            int c = i % Channels;
            long row = ((long)(firstQuery + query) * a.Batch) + Grid.IdxZ;
            queries[(c * QueryPitch * 4) + query] = firstQuery + query < a.Queries ? a.Query.Load(row, firstChannel + c) * a.Scale : 0;
        }
    }

    private static void LoadKeys(AttentionArguments a, ArrayView<float> keys, ArrayView<float> values, int firstKey, int firstChannel)
    {
        for (int i = Group.IdxX; i < Keys * Channels; i += Threads)
        {
            int key = i / Channels;
            int c = i % Channels;
            long row = ((long)(firstKey + key) * a.Batch) + Grid.IdxZ;
            bool exists = firstKey + key < a.Keys;
            keys[(c * KeyPitch) + key] = exists ? a.Key.Load(row, firstChannel + c) : 0;
            values[i] = exists ? a.Value.Load(row, firstChannel + c) : 0;
        }
    }

    private static void Store(AttentionArguments a, int query, int channel, Float4 four)
    {
        if (query < a.Queries)
        {
            long row = ((long)query * a.Batch) + Grid.IdxZ;
            a.Output.Store(row, channel, four.X);
            a.Output.Store(row, channel + 1, four.Y);
            a.Output.Store(row, channel + 2, four.Z);
            a.Output.Store(row, channel + 3, four.W);
        }
    }
}

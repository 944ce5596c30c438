using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>Extents that attention's two kernels share.</summary>
internal readonly record struct AttentionGeometry
{
    /// <summary>Keys of a block. Their logits and values fit the first-level cache together.</summary>
    public const int KeyBlock = 64;

    public required int QueryCount { get; init; }

    public required int KeyCount { get; init; }

    public required int BatchSize { get; init; }

    public required int HeadCount { get; init; }

    public required int HeadChannels { get; init; }

    /// <summary>Lanes of two vectors: the columns of a tile.</summary>
    public required int PanelWidth { get; init; }

    /// <summary>Keys of one head, in whole panels.</summary>
    public int PaddedKeys => (KeyCount + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>Channels of one head, in whole panels.</summary>
    public int PaddedChannels => (HeadChannels + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>Packed elements of one head's keys: [panel of keys][channel][key].</summary>
    public long KeyElements => (long)PaddedKeys * HeadChannels;

    /// <summary>Packed elements of one head's values: [block of keys][panel of channels][key][channel].</summary>
    public long ValueElements => (long)KeyCount * PaddedChannels;

    /// <summary>Blocks of keys.</summary>
    public int KeyBlocks => (KeyCount + KeyBlock - 1) / KeyBlock;

    /// <summary>Queries that pass over the keys together: a multiple of a tile's rows. Their weighted sums of values stay on the stack.</summary>
    public int QueryBlock => Math.Clamp(AttentionKernel.GatheredElements / PaddedChannels / TileProduct.Rows, 1, 8) * TileProduct.Rows;

    /// <summary>Blocks of queries.</summary>
    public int QueryBlocks => (QueryCount + QueryBlock - 1) / QueryBlock;
}

/// <summary>
/// Packs keys (transposed) and values of each head for the tiles of <see cref="AttentionKernel"/>; the item is a block of keys.
/// </summary>
internal unsafe struct AttentionPackKernel : IVectorKernel
{
    public required AttentionGeometry Geometry;
    public required float* Key;
    public required int KeyStride;
    public required float* Value;
    public required int ValueStride;
    public required float* PackedKeys;
    public required float* PackedValues;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int item = start; item < end; item++)
        {
            int head = item / Geometry.KeyBlocks;
            int firstKey = item % Geometry.KeyBlocks * AttentionGeometry.KeyBlock;
            int keys = Math.Min(AttentionGeometry.KeyBlock, Geometry.KeyCount - firstKey);
            PackKeys(head, firstKey, keys);
            PackValues(head, firstKey, keys);
        }
    }

    private readonly void PackKeys(int head, int firstKey, int keys)
    {
        int width = Geometry.PanelWidth;
        int channels = Geometry.HeadChannels;
        for (int key = 0; key < (keys + width - 1) / width * width; key++)
        {
            int position = firstKey + key;
            float* packed = PackedKeys + head * Geometry.KeyElements + (long)(position / width) * width * channels + position % width;
            if (key < keys)
            {
                float* source = Source(Key, KeyStride, head, position);
                for (int c = 0; c < channels; c++)
                {
                    packed[(long)c * width] = source[c];
                }
            }
            else
            {
                for (int c = 0; c < channels; c++)
                {
                    packed[(long)c * width] = 0;
                }
            }
        }
    }

    private readonly void PackValues(int head, int firstKey, int keys)
    {
        int width = Geometry.PanelWidth;
        float* packed = PackedValues + head * Geometry.ValueElements + (long)firstKey * Geometry.PaddedChannels;
        for (int firstChannel = 0; firstChannel < Geometry.PaddedChannels; firstChannel += width)
        {
            int channels = Math.Min(width, Geometry.HeadChannels - firstChannel);
            for (int key = 0; key < keys; key++, packed += width)
            {
                RowLoops.Copy(Source(Value, ValueStride, head, firstKey + key) + firstChannel, packed, channels);
                new Span<float>(packed + channels, width - channels).Clear();
            }
        }
    }

    private readonly float* Source(float* tensor, int stride, int head, int position) =>
        tensor + ((long)position * Geometry.BatchSize + head / Geometry.HeadCount) * stride
        + head % Geometry.HeadCount * Geometry.HeadChannels;
}

/// <summary>
/// <see cref="Device.Attention"/> with a streaming softmax (Milakov and Gimelshein, Online normalizer calculation for softmax;
/// FlashAttention): the logits of a block of keys lie on the stack. Each block updates a running maximum and sum, by which the sums so far are
/// rescaled.
/// The item is a block of queries of one head.
/// </summary>
internal unsafe struct AttentionKernel : IVectorKernel
{
    /// <summary>Elements of the weighted sums of one item: 32 KiB.</summary>
    public const int GatheredElements = 8192;

    public required AttentionGeometry Geometry;
    public required float* Query;
    public required int QueryStride;
    public required float* PackedKeys;
    public required float* PackedValues;

    /// <summary>Null for none.</summary>
    public required float* KeyBias;

    /// <summary>Multiplies the products of queries and keys.</summary>
    public required float Scale;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int item = start; item < end; item++)
        {
            Attend<TVector>(item / Geometry.QueryBlocks, item % Geometry.QueryBlocks * Geometry.QueryBlock);
        }
    }

    [SkipLocalsInit]
    private readonly void Attend<TVector>(int head, int firstQuery)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int channels = Geometry.HeadChannels;
        int paddedChannels = Geometry.PaddedChannels;
        int queries = Math.Min(Geometry.QueryBlock, Geometry.QueryCount - firstQuery);
        int tiles = (queries + TileProduct.Rows - 1) / TileProduct.Rows;
        int paddedQueries = tiles * TileProduct.Rows;

        // On the stack, one after the other: a tile of logits; the weighted sum of values of each query [channel]; its running sum, spread
        // over lanes; the bias; the running maxima of each tile, in whole vectors; a tile's block maxima and factors; the packed queries.
        int logitCount = TileProduct.Rows * AttentionGeometry.KeyBlock;
        int gatheredCount = paddedQueries * paddedChannels;
        int sumCount = paddedQueries * TVector.Count;
        int tileLanes = (TileProduct.Rows + TVector.Count - 1) / TVector.Count * TVector.Count;
        int total = logitCount + gatheredCount + sumCount + AttentionGeometry.KeyBlock + (tiles + 2) * tileLanes + paddedQueries * channels;
        float* stack = stackalloc float[total + CacheLine.Elements];
        float* logits = CacheLine.Align(stack);
        float* gathered = logits + logitCount;
        float* sums = gathered + gatheredCount;
        float* blockBias = sums + sumCount;
        float* maxima = blockBias + AttentionGeometry.KeyBlock;
        float* blockMaxima = maxima + tiles * tileLanes;
        float* rescale = blockMaxima + tileLanes;
        float* packedQueries = rescale + tileLanes;
        PackQueries(head, firstQuery, queries, paddedQueries, packedQueries);
        new Span<float>(maxima, (tiles + 1) * tileLanes).Fill(float.NegativeInfinity);
        new Span<float>(sums, sumCount).Clear();
        new Span<float>(gathered, gatheredCount).Clear();

        for (int firstKey = 0; firstKey < Geometry.KeyCount; firstKey += AttentionGeometry.KeyBlock)
        {
            int keys = Math.Min(AttentionGeometry.KeyBlock, Geometry.KeyCount - firstKey);
            float* keyBlock = PackedKeys + head * Geometry.KeyElements + (long)firstKey * channels;
            float* valueBlock = PackedValues + head * Geometry.ValueElements + (long)firstKey * paddedChannels;
            float* bias = BlockBias<TVector>(firstKey, keys, blockBias);
            for (int tile = 0; tile < tiles; tile++)
            {
                int query = tile * TileProduct.Rows;
                for (int key = 0; key < keys; key += Geometry.PanelWidth)
                {
                    TileProduct.Invoke<TVector>(
                        packedQueries + query * channels, channels, channels, keyBlock + key * channels,
                        null, logits + key, AttentionGeometry.KeyBlock);
                }

                Exponentiate<TVector>(
                    logits, keys, bias, maxima + tile * tileLanes, blockMaxima, sums + query * TVector.Count, rescale);
                float* values = valueBlock;
                for (int c = 0; c < paddedChannels; c += Geometry.PanelWidth, values += keys * Geometry.PanelWidth)
                {
                    TileProduct.Invoke<TVector>(
                        logits, AttentionGeometry.KeyBlock, keys, values, rescale, gathered + query * paddedChannels + c, paddedChannels);
                }
            }
        }

        for (int query = 0; query < queries; query++)
        {
            float sum = TVector.Sum(TVector.Load(sums + query * TVector.Count));
            Store<TVector>(gathered + query * paddedChannels, 1 / sum, Output + Offset(head, firstQuery + query, OutputStride));
        }
    }

    /// <summary>
    /// The vector that is added to a block's logits: the bias, and minus infinity for lanes past the last key. Null where there is neither.
    /// </summary>
    private readonly float* BlockBias<TVector>(int firstKey, int keys, float* blockBias)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        if (KeyBias is null && keys % TVector.Count == 0)
        {
            return null;
        }

        var all = new Span<float>(blockBias, AttentionGeometry.KeyBlock);
        all.Clear();
        if (KeyBias is not null)
        {
            new ReadOnlySpan<float>(KeyBias + firstKey, keys).CopyTo(all);
        }

        all[keys..].Fill(float.NegativeInfinity);
        return blockBias;
    }

    /// <summary>
    /// Turns a tile of products into the numerators of the softmax, updates each row's running maximum and sum, and writes the factors
    /// by which the sums so far are rescaled.
    /// </summary>
    private readonly void Exponentiate<TVector>(
        float* tile, int keys, float* bias, float* maxima, float* blockMaxima, float* sums, float* rescale)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        const int RowStride = AttentionGeometry.KeyBlock;
        TVector scale = TVector.Broadcast(Scale);
        for (int row = 0; row < TileProduct.Rows; row++)
        {
            blockMaxima[row] = TVector.Maximum(LargestLogit(tile + row * RowStride, keys, bias, scale));
        }

        for (int row = 0; row < TileProduct.Rows; row += TVector.Count)
        {
            TVector before = TVector.Load(maxima + row);
            TVector maximum = TVector.Max(before, TVector.Load(blockMaxima + row));
            TVector.Store(maximum, maxima + row);
            TVector.Store(VectorMath.Exp(before - Finite(maximum)), rescale + row);
        }

        for (int row = 0; row < TileProduct.Rows; row++)
        {
            float* logits = tile + row * RowStride;
            TVector offset = TVector.Broadcast(0) - Finite(TVector.Broadcast(maxima[row]));
            TVector sum = TVector.Load(sums + row * TVector.Count) * TVector.Broadcast(rescale[row]);
            for (int key = 0; key < keys; key += TVector.Count)
            {
                TVector logit = TVector.MultiplyAdd(TVector.Load(logits + key), scale, bias is null ? offset : TVector.Load(bias + key) + offset);
                TVector numerator = VectorMath.Exp(logit);
                sum += numerator;
                TVector.Store(numerator, logits + key);
            }

            TVector.Store(sum, sums + row * TVector.Count);
        }
    }

    /// <summary>While every key is masked out the maximum is minus infinity, which can't be subtracted from itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Finite<TVector>(TVector maximum)
        where TVector : unmanaged, IFloatVector<TVector> => TVector.Max(TVector.Broadcast(float.MinValue), maximum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LargestLogit<TVector>(float* row, int keys, float* bias, TVector scale)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector largest = TVector.Broadcast(float.NegativeInfinity);
        for (int key = 0; key < keys; key += TVector.Count)
        {
            TVector logit = TVector.Load(row + key) * scale;
            largest = TVector.Max(largest, bias is null ? logit : logit + TVector.Load(bias + key));
        }

        return largest;
    }

    private readonly void PackQueries(int head, int firstQuery, int queries, int paddedQueries, float* packed)
    {
        int channels = Geometry.HeadChannels;
        for (int query = 0; query < queries; query++)
        {
            RowLoops.Copy(Query + Offset(head, firstQuery + query, QueryStride), packed + query * channels, channels);
        }

        new Span<float>(packed + queries * channels, (paddedQueries - queries) * channels).Clear();
    }

    private readonly void Store<TVector>(float* gathered, float factor, float* output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector factors = TVector.Broadcast(factor);
        int c = 0;
        for (; c <= Geometry.HeadChannels - TVector.Count; c += TVector.Count)
        {
            TVector.Store(TVector.Load(gathered + c) * factors, output + c);
        }

        int rest = Geometry.HeadChannels - c;
        if (rest > 0)
        {
            TVector.StorePartial(TVector.Load(gathered + c) * factors, output + c, rest);
        }
    }

    private readonly long Offset(int head, int position, int stride) =>
        ((long)position * Geometry.BatchSize + head / Geometry.HeadCount) * stride + head % Geometry.HeadCount * Geometry.HeadChannels;
}

using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output)
    {
        int headChannels = query.Channels / headCount;
        var geometry = new AttentionGeometry
        {
            QueryCount = query.Shape[0],
            KeyCount = key.Shape[0],
            BatchSize = query.Shape[1],
            HeadCount = headCount,
            HeadChannels = headChannels,
            PanelWidth = 2 * loops.LaneCount,
        };
        int heads = geometry.BatchSize * headCount;
        using CpuScratch.Lease packed = scratch.Rent(heads * (geometry.KeyElements + geometry.ValueElements));
        float* packedValues = packed.Pointer + heads * geometry.KeyElements;
        loops.For(heads * geometry.KeyBlocks, 2L * AttentionGeometry.KeyBlock * headChannels, new AttentionPackKernel
        {
            Geometry = geometry,
            Key = key.Pointer(),
            KeyStride = key.RowStride,
            Value = value.Pointer(),
            ValueStride = value.RowStride,
            PackedKeys = packed.Pointer,
            PackedValues = packedValues,
        });
        long productsPerItem = 2L * geometry.QueryBlock * geometry.KeyCount * headChannels;
        loops.For(heads * geometry.QueryBlocks, productsPerItem / loops.LaneCount, new AttentionKernel
        {
            Geometry = geometry,
            Query = query.Pointer(),
            QueryStride = query.RowStride,
            PackedKeys = packed.Pointer,
            PackedValues = packedValues,
            KeyBias = keyBias is { } bias ? bias.Pointer() : null,
            Scale = scale,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
        });
    }
}

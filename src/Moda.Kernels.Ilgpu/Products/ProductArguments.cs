using ILGPU;
using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>What all kernels of products are launched with.</summary>
internal readonly struct ProductArguments(
    Tensor input, ArrayView<float> weights, ProductGeometry geometry, ProductEpilogue epilogue, int groups, long rows, int splitTerms)
{
    public readonly TensorView Input = TensorView.Of(input);
    public readonly ArrayView<float> Weights = weights;
    public readonly ProductGeometry Geometry = geometry;
    public readonly ProductEpilogue Epilogue = epilogue;
    public readonly int Groups = groups;

    /// <summary>Output positions.</summary>
    public readonly long Rows = rows;

    /// <summary>Terms that a group of threads of the tiled kernel adds.</summary>
    public readonly int SplitTerms = splitTerms;

    /// <summary>Whether four channels of the input can be read at once.</summary>
    public readonly int IsWide = CanReadFours(input, geometry, groups) ? 1 : 0;

    // The last four channels of a position may reach into the gap behind it, which must be memory of the block too.
    private static bool CanReadFours(in Tensor input, in ProductGeometry geometry, int groups) =>
        input.RowStride % ProductGeometry.ChunkChannels == 0
        && input.Offset % ProductGeometry.ChunkChannels == 0
        && (groups == 1 || geometry.Inputs % ProductGeometry.ChunkChannels == 0)
        && input.Offset + ((long)(input.Rows - 1) * input.RowStride) + (groups * geometry.PaddedInputs) <= input.Memory!.ByteLength / sizeof(float);
}

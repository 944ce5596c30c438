using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>Encodes tensor maps (compute capability 9.0 and later).</summary>
internal static unsafe class TensorMapEncoder
{
    /// <summary>A map for copies of boxes.</summary>
    /// <param name="context">The context.</param>
    /// <param name="layout">The tensor.</param>
    /// <param name="box">Extents of a copy, innermost first, each at most 256; the innermost a multiple of 16 bytes.</param>
    /// <exception cref="CudaException">The layout breaks one of the copy engine's rules.</exception>
    public static TensorMap EncodeTiled(CudaContext context, scoped in TensorMapLayout layout, scoped ReadOnlySpan<uint> box)
    {
        ThrowUnlessConsistent(layout, box.Length);
        using ContextScope scope = context.Enter();
        byte* memory = stackalloc byte[sizeof(TensorMap) + TensorMap.Alignment];
        TensorMap* map = Align(memory);
        uint* steps = stackalloc uint[layout.Extents.Length];
        new Span<uint>(steps, layout.Extents.Length).Fill(1);
        fixed (ulong* extents = layout.Extents, strides = layout.Strides)
        fixed (uint* boxExtents = box)
        {
            int status = context.Driver.TensorMapEncodeTiled(
                map, layout.DataType, (uint)layout.Extents.Length, (void*)layout.Address, extents, strides, boxExtents, steps,
                TensorMapInterleave.None, layout.Swizzle, layout.L2Promotion, layout.Fill);
            if (status != 0)
            {
                throw Refusal(context, status, "cuTensorMapEncodeTiled", layout, string.Join("x", box.ToArray()));
            }
        }

        return *map;
    }

    /// <summary>
    /// A map for copies of pixels with their channels, as a convolution wants them: a copy walks over the pixels of a bounding
    /// box that is smaller than the image by the corners, shifted by the offsets that the instruction gives.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="layout">The image: channels, width, height, (depth,) batch.</param>
    /// <param name="lowerCorner">Where the bounding box begins, relative to the image's first pixel; width, height, (depth).</param>
    /// <param name="upperCorner">Where it ends, relative to the image's last pixel.</param>
    /// <param name="channels">Channels of a copy, at most 256.</param>
    /// <param name="pixels">Pixels of a copy, at most 1024.</param>
    /// <exception cref="CudaException">The layout breaks one of the copy engine's rules.</exception>
    public static TensorMap EncodeIm2Col(
        CudaContext context,
        scoped in TensorMapLayout layout,
        scoped ReadOnlySpan<int> lowerCorner,
        scoped ReadOnlySpan<int> upperCorner,
        int channels,
        int pixels)
    {
        ThrowUnlessConsistent(layout, lowerCorner.Length + 2);
        ThrowUnlessConsistent(layout, upperCorner.Length + 2);
        using ContextScope scope = context.Enter();
        byte* memory = stackalloc byte[sizeof(TensorMap) + TensorMap.Alignment];
        TensorMap* map = Align(memory);
        uint* steps = stackalloc uint[layout.Extents.Length];
        new Span<uint>(steps, layout.Extents.Length).Fill(1);
        fixed (ulong* extents = layout.Extents, strides = layout.Strides)
        fixed (int* lower = lowerCorner, upper = upperCorner)
        {
            int status = context.Driver.TensorMapEncodeIm2Col(
                map, layout.DataType, (uint)layout.Extents.Length, (void*)layout.Address, extents, strides, lower, upper,
                (uint)channels, (uint)pixels, steps, TensorMapInterleave.None, layout.Swizzle, layout.L2Promotion, layout.Fill);
            if (status != 0)
            {
                throw Refusal(context, status, "cuTensorMapEncodeIm2col", layout, $"{pixels} pixels of {channels} channels");
            }
        }

        return *map;
    }

    private static TensorMap* Align(byte* memory) =>
        (TensorMap*)(((nuint)memory + (TensorMap.Alignment - 1)) & ~(nuint)(TensorMap.Alignment - 1));

    private static void ThrowUnlessConsistent(scoped in TensorMapLayout layout, int rank)
    {
        if (layout.Extents.Length != rank || layout.Strides.Length != rank - 1)
        {
            throw new ArgumentException(
                $"A tensor map of rank {rank} needs {rank} extents and {rank - 1} strides, not {layout.Extents.Length} and {layout.Strides.Length}.",
                nameof(layout));
        }
    }

    private static CudaException Refusal(CudaContext context, int status, string call, scoped in TensorMapLayout layout, string copied) =>
        context.Failure(
            status,
            call,
            $"{layout.DataType} tensor of extents {string.Join("x", layout.Extents.ToArray())}, strides "
            + $"{string.Join(", ", layout.Strides.ToArray())} bytes at 0x{layout.Address:x}; a copy is {copied}, swizzle {layout.Swizzle}.");
}

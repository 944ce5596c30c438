using System.Buffers;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Convolution;

/// <summary>The weights of one variant of a convolution: for each filter and tap, the sum of the kernel elements that fall on the tap.</summary>
/// <param name="weight">[any number, kernel elements].</param>
/// <param name="variant">The variant.</param>
internal sealed class MergedTaps(ParameterValues weight, ConvolutionVariant variant)
    : ParameterValues(weight.Count / variant.KernelElements * variant.TapCount)
{
    public override void ReadRange(int first, Span<float> destination)
    {
        int elements = variant.KernelElements;
        (int filter, int tap) = Math.DivRem(first, variant.TapCount);
        int filters = (tap + destination.Length + variant.TapCount - 1) / variant.TapCount;
        float[] kernels = ArrayPool<float>.Shared.Rent(filters * elements);
        try
        {
            Span<float> own = kernels.AsSpan(0, filters * elements);
            weight.ReadRange(filter * elements, own);
            variant.Merge(own, tap, destination);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(kernels);
        }
    }
}

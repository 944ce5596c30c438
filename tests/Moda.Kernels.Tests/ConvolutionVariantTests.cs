using Moda.Kernels.Tests.Conformance.Cases;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ConvolutionVariantTests
{
    [Theory]
    [InlineData(3, 2, 4, 16)]
    [InlineData(3, 4, 9, 25)]
    [InlineData(3, 1, 1, 9)]
    [InlineData(7, 2, 4, 64)]
    public void Taps_on_an_upsampled_map_are_merged(int kernel, int upsample, int variants, int taps)
    {
        ConvolutionVariant[] found = ConvolutionVariant.Decompose(new ConvolutionGeometry
        {
            InputChannels = 1,
            OutputChannels = 1,
            Kernel = new(1, kernel, kernel),
            Padding = new(0, kernel / 2, kernel / 2),
            Upsample = upsample,
        });
        Assert.Equal((variants, taps), (found.Length, found.Sum(variant => variant.TapCount)));
    }

    /// <summary>Every output belongs to one variant, and its merged taps read what the kernel's elements read, padding included.</summary>
    [Theory]
    [InlineData("upsampled and strided")]
    [InlineData("volumes")]
    public void Variants_read_what_the_definition_reads(string family)
    {
        foreach (ConvolutionCase @case in ConvolutionFamilies.All[family])
        {
            ConvolutionGeometry geometry = @case.Geometry;
            ConvolutionVariant[] variants = ConvolutionVariant.Decompose(geometry);
            Shape output = @case.OutputShape;
            for (int y = 0; y < output[^3]; y++)
            {
                for (int x = 0; x < output[^2]; x++)
                {
                    ConvolutionVariant variant = Assert.Single(variants, variant =>
                        Computes(variant.PhaseY, variant.Period.Height, y) && Computes(variant.PhaseX, variant.Period.Width, x));
                    AssertReads(geometry, variant, @case.Map, y, x);
                }
            }
        }
    }

    [Fact]
    public void Weights_of_a_tap_are_added()
    {
        ConvolutionVariant variant = ConvolutionVariant.Decompose(new ConvolutionGeometry
        {
            InputChannels = 2,
            OutputChannels = 1,
            Kernel = new(1, 1, 3),
            Padding = new(0, 0, 1),
            Upsample = 2,
        })[0];
        ParameterValues merged = new MergedTaps(new float[] { 1, 2, 4, 8, 16, 32 }, variant);
        Assert.Equal([1, 6, 8, 48], merged.ToArray());
    }

    private static bool Computes(AxisPhase phase, int period, int output) =>
        output % period >= phase.FirstPhase && output % period < phase.FirstPhase + phase.PhaseCount;

    private static void AssertReads(ConvolutionGeometry geometry, ConvolutionVariant variant, Extent3 map, int y, int x)
    {
        for (int tap = 0; tap < variant.TapCount; tap++)
        {
            int tapY = variant.Step.Height * (y / variant.Period.Height) + variant.Origin.Height + tap / variant.Taps.Width % variant.Taps.Height;
            int tapX = variant.Step.Width * (x / variant.Period.Width) + variant.Origin.Width + tap % variant.Taps.Width;
            bool inside = tapY >= 0 && tapY < map.Height && tapX >= 0 && tapX < map.Width;
            ReadOnlySpan<int> elements = variant.Elements[variant.FirstElement[tap]..variant.FirstElement[tap + 1]];
            Assert.False(elements.IsEmpty);
            foreach (int element in elements)
            {
                int upsampledY = y * geometry.Stride.Height - geometry.Padding.Height + element / geometry.Kernel.Width % geometry.Kernel.Height;
                int upsampledX = x * geometry.Stride.Width - geometry.Padding.Width + element % geometry.Kernel.Width;
                bool elementInside = upsampledY >= 0 && upsampledY < map.Height * geometry.Upsample
                    && upsampledX >= 0 && upsampledX < map.Width * geometry.Upsample;
                Assert.Equal(inside, elementInside);
                Assert.True(!inside || (tapY == upsampledY / geometry.Upsample && tapX == upsampledX / geometry.Upsample));
            }
        }
    }
}

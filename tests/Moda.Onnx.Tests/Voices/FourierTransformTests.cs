using Moda.Onnx.Voices;
using Xunit;

namespace Moda.Onnx.Tests.Voices;

public sealed class FourierTransformTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(30)]
    [InlineData(225)]
    [InlineData(480)]
    public void It_is_the_sum_that_defines_it(int length)
    {
        (double[] real, double[] imaginary) = Noise(length);
        (double[] expectedReal, double[] expectedImaginary) = Definition(real, imaginary);

        new FourierTransform(length).Transform(real, imaginary);

        for (int k = 0; k < length; k++)
        {
            Assert.Equal(expectedReal[k], real[k], 1e-11 * length);
            Assert.Equal(expectedImaginary[k], imaginary[k], 1e-11 * length);
        }
    }

    [Fact]
    public void With_the_parts_exchanged_it_goes_back()
    {
        const int Length = 7680;
        (double[] real, double[] imaginary) = Noise(Length);
        double[] firstReal = [.. real];
        var transform = new FourierTransform(Length);

        transform.Transform(real, imaginary);
        transform.Transform(imaginary, real);

        Assert.All(real.Zip(firstReal), pair => Assert.Equal(pair.Second, pair.First / Length, 1e-12));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    [InlineData(7)]
    [InlineData(7688)]
    public void Other_prime_factors_are_refused(int length) => Assert.Throws<ArgumentOutOfRangeException>(() => new FourierTransform(length));

    private static (double[] Real, double[] Imaginary) Noise(int length)
    {
        var random = new Random(length);
        return ([.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)], [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)]);
    }

    private static (double[] Real, double[] Imaginary) Definition(double[] real, double[] imaginary)
    {
        int length = real.Length;
        double[] sumReal = new double[length];
        double[] sumImaginary = new double[length];
        for (int k = 0; k < length; k++)
        {
            for (int j = 0; j < length; j++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * ((long)j * k % length) / length);
                sumReal[k] += real[j] * cosine - imaginary[j] * sine;
                sumImaginary[k] += real[j] * sine + imaginary[j] * cosine;
            }
        }

        return (sumReal, sumImaginary);
    }
}

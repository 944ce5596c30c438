using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

public sealed class PhiloxTests
{
    /// <summary>The known answers that Random123 ships for philox4x32-10.</summary>
    [Fact]
    public void Known_answers_of_Random123()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox4x32.Generate((0, 0, 0, 0), (0, 0)));
        Assert.Equal(
            (0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            Philox4x32.Generate((~0u, ~0u, ~0u, ~0u), (~0u, ~0u)));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            Philox4x32.Generate((0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344), (0xa4093822, 0x299f31d0)));
    }

    [Fact]
    public void Numbers_follow_the_documented_mapping()
    {
        PhiloxNormal normal = new(0x0123456789abcdef, 7);
        float[] found = new float[4];
        normal.Fill(found, 4 * 0x1_0000_0005);

        (uint r0, uint r1, uint r2, uint r3) = Philox4x32.Generate((5, 1, 7, 0), (0x89abcdef, 0x01234567));

        double Radius(uint word) => Math.Sqrt(-2 * Math.Log((word + 1.0) / 4294967296));
        double Angle(uint word) => 2 * Math.PI * word / 4294967296;
        Assert.Equal(
            [
                (float)(Radius(r0) * Math.Cos(Angle(r1))), (float)(Radius(r0) * Math.Sin(Angle(r1))),
                (float)(Radius(r2) * Math.Cos(Angle(r3))), (float)(Radius(r2) * Math.Sin(Angle(r3))),
            ],
            found);
    }

    [Fact]
    public void Any_way_of_cutting_a_row_gives_the_same_numbers()
    {
        PhiloxNormal normal = new(42);
        float[] whole = new float[1000];
        normal.Fill(whole);
        float[] pieces = new float[1000];
        for (int start = 1000, length = 1; start > 0; length = length % 13 + 1)
        {
            int count = Math.Min(length, start);
            start -= count;
            normal.Fill(pieces.AsSpan(start, count), (ulong)start);
        }

        Assert.Equal(whole, pieces);
    }

    [Fact]
    public void Seeds_and_streams_are_independent()
    {
        float[] a = Draw(new PhiloxNormal(1));
        float[] b = Draw(new PhiloxNormal(2));
        float[] c = Draw(new PhiloxNormal(1, 1));

        Assert.InRange(Math.Abs(Correlation(a, b)), 0, 0.01);
        Assert.InRange(Math.Abs(Correlation(a, c)), 0, 0.01);
    }

    [Fact]
    public void The_distribution_is_standard_normal()
    {
        double[] numbers = [.. Draw(new PhiloxNormal(3)).Select(number => (double)number).Order()];

        Assert.Equal(0, numbers.Average(), 0.005);
        Assert.Equal(1, numbers.Select(x => x * x).Average(), 0.01);
        Assert.Equal(0, numbers.Select(x => x * x * x).Average(), 0.03);
        Assert.Equal(3, numbers.Select(x => x * x * x * x).Average(), 0.08);
        // Quantiles of the normal distribution.
        Assert.Equal(-1.281552, numbers[numbers.Length / 10], 0.02);
        Assert.Equal(0.674490, numbers[numbers.Length * 3 / 4], 0.02);
        Assert.Equal(2.326348, numbers[numbers.Length * 99 / 100], 0.04);
    }

    private static float[] Draw(PhiloxNormal normal)
    {
        float[] numbers = new float[200_000];
        normal.Fill(numbers);
        return numbers;
    }

    private static double Correlation(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum() / a.Length;
}

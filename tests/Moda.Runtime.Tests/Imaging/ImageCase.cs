using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>The images and landmarks of a case file, and what "the same image" means.</summary>
internal sealed class ImageCase(string name) : IDisposable
{
    private readonly SafetensorsFile file = SafetensorsFile.Open(TestData.Case(name));

    public RgbImage Image(string tensor)
    {
        ReadOnlyMemory<int> shape = Shape(tensor);
        return new RgbImage(shape.Span[1], shape.Span[0], file.Read<byte>(tensor));
    }

    public byte[] Bytes(string tensor) => file.Read<byte>(tensor);

    public float[] Floats(string tensor) => file.ReadFloat32(tensor);

    public FaceLandmarks Landmarks(string tensor)
    {
        float[] values = file.ReadFloat32(tensor);
        Vector2[] points = new Vector2[values.Length / 2];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = new Vector2(values[2 * i], values[2 * i + 1]);
        }
        return new FaceLandmarks(points);
    }

    public static float[] Flatten(ReadOnlySpan<Vector2> points)
    {
        float[] values = new float[points.Length * 2];
        for (int i = 0; i < points.Length; i++)
        {
            (values[2 * i], values[2 * i + 1]) = (points[i].X, points[i].Y);
        }
        return values;
    }

    /// <summary>Relative L2 error of at most 1e-4.</summary>
    public static void AssertClose(float[] expected, float[] actual)
    {
        double error = RelativeError.Between(actual, expected);
        Assert.True(error <= 1e-4, $"relative L2 error {error:g3}");
    }

    /// <summary>45 dB or better, and within one level on 99 % of the values.</summary>
    public static void AssertSameImage(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        (double decibels, double withinOne, double equal) = Compare(expected, actual);
        TestContext.Current.TestOutputHelper?.WriteLine($"{decibels:f1} dB, {withinOne:p3} within one level, {equal:p3} equal");
        Assert.True(decibels >= 45 && withinOne >= 0.99, $"{decibels:f1} dB, {withinOne:p2} within one level");
    }

    public static (double Decibels, double WithinOne, double Equal) Compare(byte[] expected, byte[] actual)
    {
        double squares = expected.Zip(actual, (e, a) => (double)(a - e) * (a - e)).Sum();
        int near = expected.Zip(actual).Count(pair => Math.Abs(pair.First - pair.Second) <= 1);
        int equal = expected.Zip(actual).Count(pair => pair.First == pair.Second);
        double decibels = squares == 0 ? double.PositiveInfinity : 10 * Math.Log10(255.0 * 255 * expected.Length / squares);
        return (decibels, (double)near / expected.Length, (double)equal / expected.Length);
    }

    public void Dispose() => file.Dispose();

    private ReadOnlyMemory<int> Shape(string tensor)
    {
        Assert.True(file.TryGetShape(tensor, out ReadOnlyMemory<int> shape), tensor);
        return shape;
    }
}

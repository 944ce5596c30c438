using System.Globalization;
using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Testing.Faces;

/// <summary>A photograph as it is, flipped, turned or scaled: what face detection is measured and tested with.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Image">The altered photograph.</param>
/// <param name="FromOriginal">From the photograph's pixels to the altered one's.</param>
/// <param name="Mirrored">Whether left and right changed places.</param>
public sealed record FaceVariation(string Name, RgbImage Image, AffineTransform FromOriginal, bool Mirrored)
{
    /// <summary>Turns in degrees, clockwise.</summary>
    public static IReadOnlyList<int> Angles { get; } = [-30, -20, -10, 10, 20, 30];

    /// <summary>Scales.</summary>
    public static IReadOnlyList<double> Scales { get; } = [0.25, 0.5, 0.75, 1.5, 2];

    /// <summary>A photograph flipped, turned by <see cref="Angles"/> and scaled by <see cref="Scales"/>.</summary>
    public static IEnumerable<FaceVariation> All(RgbImage photograph) =>
    [
        Flipped(photograph),
        .. Angles.Select(angle => Turned(photograph, angle)),
        .. Scales.Select(scale => Scaled(photograph, scale)),
    ];

    /// <summary>Left and right change places.</summary>
    public static FaceVariation Flipped(RgbImage photograph) =>
        Create("flipped", photograph, new AffineTransform(-1, 0, photograph.Width - 1, 0, 1, 0), photograph.Width, photograph.Height, mirrored: true);

    /// <summary>Turned about its centre on a canvas of the same size, black where there was nothing.</summary>
    /// <param name="photograph">What is turned.</param>
    /// <param name="degrees">Clockwise on the screen.</param>
    public static FaceVariation Turned(RgbImage photograph, double degrees)
    {
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double x = (photograph.Width - 1) / 2.0;
        double y = (photograph.Height - 1) / 2.0;
        var transform = new AffineTransform(cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y);
        return Create(string.Create(CultureInfo.InvariantCulture, $"turned {degrees:+0;-0}°"), photograph, transform, photograph.Width, photograph.Height);
    }

    /// <summary>Resized, smoothed first where it gets smaller.</summary>
    public static FaceVariation Scaled(RgbImage photograph, double scale)
    {
        double offset = (scale - 1) / 2;
        RgbImage smooth = photograph;
        double rest = scale;
        for (; rest <= 0.5; rest *= 2)
        {
            smooth = ImageTransforms.ShrinkByArea(smooth.Crop(0, 0, smooth.Width & ~1, smooth.Height & ~1), 2);
        }

        return new FaceVariation(
            string.Create(CultureInfo.InvariantCulture, $"scaled {scale:0.##}"),
            rest == 1 ? smooth : ImageTransforms.ResizeBilinear(smooth, (int)Math.Round(smooth.Width * rest), (int)Math.Round(smooth.Height * rest)),
            new AffineTransform(scale, 0, offset, 0, scale, offset),
            Mirrored: false);
    }

    /// <summary>How far landmarks found in the altered photograph lie from those of the original, over the distance between the eyes' outer corners.</summary>
    /// <param name="original">68 points in pixels of the original.</param>
    /// <param name="found">68 points in pixels of <see cref="Image"/>.</param>
    public double LandmarkError(FaceLandmarks original, FaceLandmarks found)
    {
        ReadOnlySpan<Vector2> expected = original.Transform(FromOriginal).Points;
        double sum = 0;
        for (int index = 0; index < expected.Length; index++)
        {
            sum += Vector2.Distance(expected[index], found.Points[Mirrored ? Mirror(index) : index]);
        }

        return sum / expected.Length / Vector2.Distance(expected[36], expected[45]);
    }

    private static FaceVariation Create(string name, RgbImage photograph, AffineTransform transform, int width, int height, bool mirrored = false) =>
        new(name, ImageTransforms.Warp(photograph, transform, width, height), transform, mirrored);

    /// <summary>Which of the 68 points (iBUG) lies where a point comes to lie in a mirror.</summary>
    private static int Mirror(int index) => index switch
    {
        <= 16 => 16 - index,
        <= 26 => 43 - index,
        <= 30 => index,
        <= 35 => 66 - index,
        <= 39 => 81 - index,
        <= 41 => 87 - index,
        <= 45 => 81 - index,
        <= 47 => 87 - index,
        <= 54 => 102 - index,
        <= 59 => 114 - index,
        <= 64 => 124 - index,
        _ => 132 - index,
    };
}

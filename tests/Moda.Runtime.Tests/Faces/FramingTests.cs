using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

/// <summary>
/// What 68 points frame against what 106 points of the same face frame. The 106-point scheme (insightface's 2d106) contains the 68 points
/// (iBUG): every second point of its contour, and both begin and end at the same places.
/// </summary>
public sealed class FramingTests
{
    /// <summary>Where each of the 68 points stands among the 106.</summary>
    private static readonly int[] Place =
    [
        1, 10, 12, 14, 16, 3, 5, 7, 0, 23, 21, 19, 32, 30, 28, 26, 17,
        43, 48, 49, 51, 50, 102, 103, 104, 105, 101, 72, 73, 74, 86, 78, 79, 80, 85, 84,
        35, 41, 42, 39, 37, 36, 89, 95, 96, 93, 91, 90,
        52, 64, 63, 71, 67, 68, 61, 58, 59, 53, 56, 55, 65, 66, 62, 70, 69, 57, 60, 54,
    ];

    /// <summary>The contour's points between those, from one temple to the other.</summary>
    private static readonly int[] BetweenContour = [9, 11, 13, 15, 2, 4, 6, 8, 24, 22, 20, 18, 31, 29, 27, 25];

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-30)]
    public void Sixty_eight_points_frame_as_a_hundred_and_six_do(double degrees)
    {
        using var device = new CpuDevice(1);
        using var analyzer = new FaceAnalyzer(device);
        RgbImage portrait = ImageFile.Load(TestData.Path("assets", "portrait.png"));
        FaceLandmarks found = Assert.Single(analyzer.Analyze(portrait, TestContext.Current.CancellationToken)).Landmarks;
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        FaceLandmarks points = found.Transform(new AffineTransform(cosine, -sine, 40, sine, cosine, 60));

        FaceRegion expected = FaceRegion.FromLandmarks(WithPointsBetween(points), FaceRegionOptions.Source);
        FaceRegion region = FaceRegion.FromLandmarks(points, FaceRegionOptions.Source);

        double x = region.CentreX - expected.CentreX;
        double y = region.CentreY - expected.CentreY;
        Assert.InRange(region.Side / expected.Side, 0.95, 1.05);
        Assert.InRange(Math.Sqrt(x * x + y * y) / expected.Side, 0, 0.05);
        Assert.InRange(Math.Abs(region.Angle - expected.Angle), 0, Math.PI / 180);
    }

    private static FaceLandmarks WithPointsBetween(FaceLandmarks landmarks)
    {
        ReadOnlySpan<Vector2> known = landmarks.Points;
        Vector2[] points = new Vector2[106];
        for (int index = 0; index < known.Length; index++)
        {
            points[Place[index]] = known[index];
        }

        for (int index = 0; index < BetweenContour.Length; index++)
        {
            points[BetweenContour[index]] = OnCurve(known, index);
        }

        // Lids' middles and pupils lie between an eye's corners.
        foreach (int eye in (int[])[33, 34, 38, 40])
        {
            points[eye] = (known[36] + known[39]) / 2;
        }

        foreach (int eye in (int[])[87, 88, 92, 94])
        {
            points[eye] = (known[42] + known[45]) / 2;
        }

        // The lower edges of the brows lie between brows and eyes; the rest of the nose inside it.
        foreach (int brow in (int[])[44, 45, 46, 47])
        {
            points[brow] = (known[19] + known[37]) / 2;
        }

        foreach (int brow in (int[])[97, 98, 99, 100])
        {
            points[brow] = (known[24] + known[44]) / 2;
        }

        foreach (int nose in (int[])[75, 76, 77, 81, 82, 83])
        {
            points[nose] = known[30];
        }

        return new FaceLandmarks(points);
    }

    /// <summary>The contour between two neighbours, as a cubic through them and those beside them has it.</summary>
    private static Vector2 OnCurve(ReadOnlySpan<Vector2> contour, int index)
    {
        Vector2 before = contour[Math.Max(index - 1, 0)];
        Vector2 after = contour[Math.Min(index + 2, 16)];
        return (9 * (contour[index] + contour[index + 1]) - before - after) / 16;
    }
}

using System.Numerics;
using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class FaceTrackerTests : IDisposable
{
    private const int Width = 400;
    private const int Height = 300;

    private readonly CpuDevice device = new(2);
    private readonly FaceAnalyzer analyzer;
    private readonly RgbImage face = ImageTransforms.ResizeBilinear(ImageFile.Load(TestData.Path("assets", "portrait.png")), 240, 240);

    public FaceTrackerTests() => analyzer = new FaceAnalyzer(device);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        analyzer.Dispose();
        device.Dispose();
    }

    [Fact]
    public void A_face_that_moves_is_followed_to_where_the_detector_finds_it()
    {
        var tracker = new FaceTracker(analyzer, default(FaceChoice));
        for (int frame = 0; frame < 8; frame++)
        {
            RgbImage picture = Picture(10 + (4 * frame), 20 + (2 * frame));

            FaceLandmarks followed = Assert.IsType<FaceLandmarks>(Assert.Single(tracker.Next(picture, Token)));

            FaceLandmarks found = Assert.Single(analyzer.Analyze(picture, Token)).Landmarks;
            float eyes = Vector2.Distance(found.Points[36], found.Points[45]);
            float apart = Enumerable.Range(0, 68).Average(point => Vector2.Distance(found.Points[point], followed.Points[point]));
            Assert.InRange(apart / eyes, 0, 0.05);
        }
    }

    [Fact]
    public void A_face_that_goes_is_lost_and_one_that_comes_back_is_found()
    {
        var tracker = new FaceTracker(analyzer, default(FaceChoice));

        bool[] seen = [.. Enumerable.Range(0, 7).Select(frame => tracker.Next(frame is 3 or 4 ? Ground() : Picture(30, 20), Token)[0] is not null)];

        Assert.Equal([true, true, true, false, false, true, true], seen);
    }

    [Fact]
    public void After_a_cut_the_face_is_found_in_its_new_place()
    {
        var tracker = new FaceTracker(analyzer, default(FaceChoice));
        tracker.Next(Picture(0, 10), Token);

        FaceLandmarks after = Assert.IsType<FaceLandmarks>(Assert.Single(tracker.Next(Picture(150, 50, shade: 200), Token)));

        FaceLandmarks found = Assert.Single(analyzer.Analyze(Picture(150, 50, shade: 200), Token)).Landmarks;
        Assert.InRange(Vector2.Distance(after.Points[30], found.Points[30]), 0, 3);
    }

    [Fact]
    public void Cuts_are_told_from_movement()
    {
        var cuts = new SceneCuts();

        bool[] isCut = [.. new[] { Picture(0, 0), Picture(12, 6), Picture(24, 12), Ground(200), Ground(195), Picture(24, 12) }.Select(cuts.IsCut)];

        Assert.Equal([true, false, false, true, false, true], isCut);
    }

    private static RgbImage Ground(byte shade = 60)
    {
        var picture = new RgbImage(Width, Height);
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels[i] = (byte)(shade + (i / 3 % 7));
        }

        return picture;
    }

    private RgbImage Picture(int x, int y, byte shade = 60)
    {
        RgbImage picture = Ground(shade);
        for (int row = 0; row < face.Height; row++)
        {
            face.Row(row).CopyTo(picture.Row(y + row)[(3 * x)..]);
        }

        return picture;
    }
}

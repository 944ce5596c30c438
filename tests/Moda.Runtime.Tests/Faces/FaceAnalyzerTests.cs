using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Tests.Imaging;
using Moda.Testing;
using Moda.Testing.Faces;
using Moda.Testing.Imaging;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

/// <summary>The built-in analyzer on the bundled portrait and on scenes made of it.</summary>
public sealed class FaceAnalyzerTests : IDisposable
{
    /// <summary>Over the distance of the eyes' outer corners.</summary>
    private const double LandmarkTolerance = 0.06;

    private readonly CpuDevice device = new(1);
    private readonly FaceAnalyzer analyzer;
    private readonly RgbImage portrait = ImageFile.Load(TestData.Path("assets", "portrait.png"));

    public FaceAnalyzerTests() => analyzer = new FaceAnalyzer(device);

    [Fact]
    public void The_portrait_s_face_lies_where_it_is_seen()
    {
        DetectedFace face = Only(portrait);

        // Read off the picture by eye: outer corners of the eyes, tip of the nose, corners of the mouth.
        ReadOnlySpan<Vector2> points = face.Landmarks.Points;
        AssertNear(new Vector2(190, 101), points[36]);
        AssertNear(new Vector2(259, 102), points[45]);
        AssertNear(new Vector2(222, 129), points[30]);
        AssertNear(new Vector2(203, 142), points[48]);
        AssertNear(new Vector2(244, 144), points[54]);
        Assert.InRange(face.Score, 0.8f, 1f);

        static void AssertNear(Vector2 seen, Vector2 found) => Assert.InRange(Vector2.Distance(seen, found), 0, 7);
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(-15)]
    [InlineData(15)]
    [InlineData(30)]
    public void A_turned_face_is_found(double degrees) => AssertFound(FaceVariation.Turned(portrait, degrees));

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(1.5)]
    [InlineData(2)]
    public void A_scaled_face_is_found(double scale) => AssertFound(FaceVariation.Scaled(portrait, scale));

    [Fact]
    public void A_mirrored_face_is_found() => AssertFound(FaceVariation.Flipped(portrait));

    // The face is 111 pixels high, chin to brows and a little hair.
    [Theory]
    [InlineData(1400, -30)]
    [InlineData(1400, 0)]
    [InlineData(1400, 30)]
    [InlineData(700, 0)]
    [InlineData(250, 0)]
    [InlineData(124, -30)]
    [InlineData(124, 0)]
    [InlineData(124, 30)]
    public void A_face_of_eight_to_ninety_percent_of_the_height_is_found(int height, double degrees)
    {
        FaceVariation turned = FaceVariation.Turned(portrait, degrees);
        Vector2 centre = turned.FromOriginal.Apply(new Vector2(222, 113));
        var shift = new AffineTransform(1, 0, height / 2 - (int)centre.X, 0, 1, height / 2 - (int)centre.Y);
        var scene = new FaceVariation("scene", ImageTransforms.Warp(turned.Image, shift, height, height), Compose(turned.FromOriginal, shift), Mirrored: false);

        AssertFound(scene);
    }

    // Only 20 pixels remain beside the face.
    [Theory]
    [InlineData(-160, 0)]
    [InlineData(230, 0)]
    [InlineData(0, -40)]
    [InlineData(0, 335)]
    public void A_face_at_the_border_is_found(int right, int down)
    {
        var shift = new AffineTransform(1, 0, right, 0, 1, down);

        AssertFound(new FaceVariation("border", ImageTransforms.Warp(portrait, shift, 512, 512), shift, Mirrored: false));
    }

    [Theory]
    [InlineData(".png", 1)]
    [InlineData(".webp", 1)]
    [InlineData(".jpg", 1)]
    [InlineData(".jpg", 3)]
    [InlineData(".jpg", 6)]
    [InlineData(".jpg", 8)]
    public void A_face_is_found_however_the_file_stores_it(string ending, byte orientation)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("portrait" + ending);
        // What a camera that was held so stores: the scene turned back.
        double degrees = orientation switch { 3 => 180, 6 => -90, 8 => 90, _ => 0 };
        ImageFile.Save(FaceVariation.Turned(portrait, degrees).Image, path);
        byte[] bytes = File.ReadAllBytes(path);

        RgbImage image = ImageFile.Read(ending == ".jpg" ? EncodedImages.WithOrientation(bytes, orientation) : bytes, path).Image;

        AssertFound(new FaceVariation("stored", image, AffineTransform.Identity, Mirrored: false));
    }

    [Fact]
    public void A_grey_face_is_found()
    {
        var grey = new RgbImage(portrait.Width, portrait.Height);
        for (int i = 0; i < grey.Pixels.Length; i++)
        {
            grey.Pixels[i] = portrait.Pixels[i / RgbImage.Channels * RgbImage.Channels + 1];
        }

        AssertFound(new FaceVariation("grey", grey, AffineTransform.Identity, Mirrored: false));
    }

    [Fact]
    public void Landmarks_don_t_depend_on_the_size_of_what_surrounds_the_face()
    {
        var shift = new AffineTransform(1, 0, -100, 0, 1, -20);

        AssertFound(new FaceVariation("cut", portrait.Crop(100, 20, 250, 250), shift, Mirrored: false));
    }

    [Fact]
    public void Where_there_is_no_face_none_is_found()
    {
        Assert.Empty(Analyze(new RgbImage(512, 512)));
        Assert.Empty(Analyze(portrait.Crop(0, 240, 512, 272)));
        Assert.Empty(Analyze(TestImages.Noise(400, 300)));
        Assert.Empty(Analyze(new RgbImage(1, 1)));
    }

    [Fact]
    public void Every_face_of_a_group_is_found_and_any_can_be_chosen()
    {
        // The portrait, and to its right two smaller ones, the lower one mirrored.
        RgbImage half = ImageTransforms.ShrinkByArea(portrait, 2);
        var group = new RgbImage(768, 512);
        Paste(portrait, group, 0, 0);
        Paste(half, group, 512, 0);
        Paste(FaceVariation.Flipped(half).Image, group, 512, 256);

        IReadOnlyList<DetectedFace> faces = Analyze(group);

        Assert.Equal(3, faces.Count);
        Assert.Equal(faces.OrderByDescending(face => face.Score), faces);
        AssertAt(222, 113, FaceChoice.Parse("largest"));
        AssertAt(222, 113, FaceChoice.Parse("left"));
        AssertAt(222, 113, default);
        AssertAt(512 + 144, 256 + 56, FaceChoice.Parse("right"));
        AssertAt(222, 113, FaceChoice.Parse("1"));
        Assert.Equal(faces.OrderBy(face => face.Box.CentreX).ElementAt(1), FaceChoice.Parse("2").Choose(group, faces));
        Assert.Contains("only 3", Assert.Throws<FaceNotFoundException>(() => FaceChoice.Parse("4").Choose(group, faces)).Message);

        void AssertAt(float x, float y, FaceChoice choice)
        {
            FaceBox box = choice.Choose(group, faces).Box;
            Assert.InRange(Vector2.Distance(new Vector2(x, y), new Vector2(box.CentreX, box.CentreY)), 0, 25);
        }
    }

    [Fact]
    public void The_most_central_face_is_the_one_nearest_to_the_middle()
    {
        RgbImage face = portrait.Crop(94, 0, 256, 256);
        var row = new RgbImage(768, 256);
        Paste(face, row, 0, 0);
        Paste(face, row, 256, 0);
        Paste(face, row, 512, 0);

        IReadOnlyList<DetectedFace> faces = Analyze(row);

        Assert.Equal(3, faces.Count);
        Assert.InRange(FaceChoice.Parse("center").Choose(row, faces).Box.CentreX, 360f, 408f);
    }

    [Fact]
    public void A_portrait_without_a_face_says_what_would_help()
    {
        FaceNotFoundException error = Assert.Throws<FaceNotFoundException>(
            () => Portrait.Create(new RgbImage(320, 200), analyzer, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("320 x 200", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("top")]
    public void A_choice_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => FaceChoice.Parse(text));

    [Fact]
    public void A_cancelled_search_stops() =>
        Assert.Throws<OperationCanceledException>(() => analyzer.Analyze(portrait, new CancellationToken(canceled: true)));

    public void Dispose()
    {
        analyzer.Dispose();
        device.Dispose();
    }

    private void AssertFound(FaceVariation variation)
    {
        DetectedFace original = Only(portrait);

        DetectedFace found = Only(variation.Image);

        double error = variation.LandmarkError(original.Landmarks, found.Landmarks);
        Assert.True(error <= LandmarkTolerance, $"landmarks lie {error:p1} of the eyes' distance away");
    }

    private DetectedFace Only(RgbImage image) => Assert.Single(Analyze(image));

    private IReadOnlyList<DetectedFace> Analyze(RgbImage image) => analyzer.Analyze(image, TestContext.Current.CancellationToken);

    private static AffineTransform Compose(AffineTransform first, AffineTransform shift) =>
        first with { X0 = first.X0 + shift.X0, Y0 = first.Y0 + shift.Y0 };

    private static void Paste(RgbImage image, RgbImage into, int x, int y)
    {
        for (int row = 0; row < image.Height; row++)
        {
            image.Row(row).CopyTo(into.Row(y + row)[(x * RgbImage.Channels)..]);
        }
    }
}

using System.Numerics;
using Moda.Onnx.Faces;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Testing.FaceModels;
using Xunit;

namespace Moda.Onnx.Tests.Faces;

/// <summary>The decoding of all three models, on models whose outputs are known.</summary>
public sealed class OnnxFaceAnalyzerTests : IDisposable
{
    /// <summary>The column from which red rises by one with each pixel in <see cref="Ramps"/>, and the row from which green does.</summary>
    private static readonly Vector2 RampStart = new(100, 110);

    private readonly string folder = Directory.CreateTempSubdirectory("moda-faces-").FullName;

    public OnnxFaceAnalyzerTests() => KnownModels.WriteAll(folder);

    // Red speaks for the first anchor at stride 8, green at stride 16, blue for the second anchor at stride 8.
    [Theory]
    [InlineData(0, 8, 10, 20, new float[] { 1, 2, 3, 4 })]
    [InlineData(1, 16, 3, 25, new float[] { 1, 2, 3, 4 })]
    [InlineData(2, 8, 63, 0, new float[] { 4, 4, 5, 6 })]
    public void Scores_and_distances_become_boxes(int channel, int stride, int column, int row, float[] distances)
    {
        var image = new RgbImage(512, 512);
        Fill(image, channel, 255, column * stride, row * stride, stride);

        ScoredBox found = Assert.Single(Detect(image));

        AssertBox(column * stride, row * stride, stride, distances, 1, found.Box);
        Assert.Equal(127.5f / 128, found.Score, 1e-5f);
    }

    // The shorter side of an image is filled up with black, and boxes come back in the image's own pixels.
    [Theory]
    [InlineData(1024, 512)]
    [InlineData(512, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(256, 128)]
    public void Images_of_any_form_are_fitted_into_the_square(int width, int height)
    {
        float scale = 512f / Math.Max(width, height);
        int side = (int)(8 / scale);
        var image = new RgbImage(width, height);
        Fill(image, 0, 255, 10 * side, 5 * side, side);

        ScoredBox found = Detect(image)[0];

        AssertBox(80, 40, 8, KnownModels.FirstBox, scale, found.Box);
    }

    [Fact]
    public void Scores_below_the_threshold_are_no_faces_and_the_surest_comes_first()
    {
        var image = new RgbImage(512, 512);
        Fill(image, 0, 200, 80, 80, 8);
        Fill(image, 0, 240, 320, 80, 8);
        Fill(image, 0, 147, 80, 320, 8);
        Fill(image, 0, 146, 320, 320, 8);

        // (146 - 127.5) / 128 is 0.1445, (147 - 127.5) / 128 is 0.1523; the reference's configuration asks for 0.15.
        Assert.Equal([(240 - 127.5f) / 128, (200 - 127.5f) / 128, (147 - 127.5f) / 128], Detect(image).Select(found => found.Score));
    }

    [Fact]
    public void Neighbouring_cells_of_one_face_give_one_box()
    {
        var image = new RgbImage(512, 512);
        Fill(image, 0, 250, 80, 160, 8);
        Fill(image, 0, 255, 88, 160, 8);

        AssertBox(88, 160, 8, KnownModels.FirstBox, 1, Assert.Single(Detect(image)).Box);
    }

    [Fact]
    public void A_hundred_and_six_points_come_from_a_square_around_the_box_and_go_back()
    {
        var box = new FaceBox(100, 150, 80, 120);
        using var model = new Landmark106Model(Path.Combine(folder, "2d106det.onnx"));

        FaceLandmarks landmarks = model.Run(Ramps(), box);

        // The square's side is 1.5 times the box's longer side, 180, around its middle, (140, 210).
        Assert.Equal(106, landmarks.Points.Length);
        for (int index = 1; index < 106; index++)
        {
            AssertNear(new Vector2(140, 210) + KnownModels.Point106(index) * 90, landmarks.Points[index], 1e-3f);
        }

        // The first point tells which colours the model saw at its probe; a whole colour is right to a half, or 0.2 pixels of the square.
        Vector2 place = new Vector2(140, 210) - RampStart + (new Vector2(KnownModels.Probe106.X, KnownModels.Probe106.Y) - new Vector2(96)) * 180 / 192;
        AssertNear(new Vector2(140, 210) + place / 255 * 90, landmarks.Points[0], 0.28f);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    public void Two_hundred_and_three_points_come_from_a_square_that_stands_upright(double degrees)
    {
        FaceLandmarks found = Turned(degrees);
        using var model = new Landmark203Model(Path.Combine(folder, "landmark.onnx"));

        FaceLandmarks refined = model.Run(Ramps(), found);

        // The points below span 120 x 80 around (250, 260) before they are turned: a side of 180, shifted up by a tenth of it.
        Matrix3x2 turn = Matrix3x2.CreateRotation((float)(degrees * Math.PI / 180), new Vector2(250, 260));
        Vector2 InImage(Vector2 share) => Vector2.Transform(new Vector2(250, 260 - 18) + (share - new Vector2(0.5f)) * 180, turn);
        Assert.Equal(203, refined.Points.Length);
        for (int index = 1; index < 203; index++)
        {
            AssertNear(InImage(KnownModels.Point203(index)), refined.Points[index], 0.01f);
        }

        Vector2 place = InImage(new Vector2(KnownModels.Probe203.X, KnownModels.Probe203.Y) / 224) - RampStart;
        AssertNear(InImage(place / 255), refined.Points[0], 0.56f);
    }

    [Fact]
    public void A_face_has_its_box_a_hundred_and_six_points_and_two_hundred_and_three()
    {
        RgbImage image = Dark();
        Fill(image, 2, 255, 240, 240, 8);
        using var analyzer = new OnnxFaceAnalyzer(folder);

        DetectedFace face = Assert.Single(analyzer.Analyze(image, TestContext.Current.CancellationToken));

        AssertBox(240, 240, 8, KnownModels.SecondBox, 1, face.Box);
        Assert.Equal(106, face.Landmarks.Points.Length);
        Assert.Equal(203, face.RefinedLandmarks!.Points.Length);
        Portrait portrait = Portrait.Create(image, analyzer, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(106, portrait.Landmarks.Points.Length);
        Assert.Equal(203, portrait.RefinedLandmarks!.Points.Length);
    }

    [Fact]
    public void An_image_without_a_face_gives_none()
    {
        using var analyzer = new OnnxFaceAnalyzer(folder);

        Assert.Empty(analyzer.Analyze(Dark(), TestContext.Current.CancellationToken));
        Assert.Empty(analyzer.Analyze(new RgbImage(1, 700), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("det_10g.onnx")]
    [InlineData("2d106det.onnx")]
    [InlineData("landmark.onnx")]
    public void A_missing_or_damaged_file_is_named(string name)
    {
        string path = Path.Combine(folder, name);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes.AsSpan(0, bytes.Length / 2));
        Assert.Contains($"'{path}': it can't be loaded; it is damaged", Assert.Throws<OnnxModelException>(() => new OnnxFaceAnalyzer(folder)).Message);

        File.Delete(path);
        OnnxModelException error = Assert.Throws<OnnxModelException>(() => new OnnxFaceAnalyzer(folder));

        Assert.EndsWith(name, error.Path);
        Assert.Contains("no such file", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_that_is_another_model_is_named()
    {
        string Named(string name) => Path.Combine(folder, name);
        File.Copy(Named("2d106det.onnx"), Named("det_10g.onnx"), overwrite: true);
        Assert.Contains("1 outputs", Assert.Throws<OnnxModelException>(() => new OnnxFaceAnalyzer(folder)).Message);

        KnownModels.WriteDetector(Named("det_10g.onnx"));
        File.Copy(Named("2d106det.onnx"), Named("landmark.onnx"), overwrite: true);
        Assert.Contains("LivePortrait's landmark model has 3", Assert.Throws<OnnxModelException>(() => new OnnxFaceAnalyzer(folder)).Message);

        File.Copy(Named("det_10g.onnx"), Named("2d106det.onnx"), overwrite: true);
        using var model = new Landmark106Model(Named("2d106det.onnx"));
        Assert.Contains("score_8", Assert.Throws<OnnxModelException>(() => model.Run(Dark(), new FaceBox(100, 100, 50, 50))).Message);
    }

    [Fact]
    public void The_layout_of_the_published_weights_is_understood()
    {
        string published = Path.Combine(folder, "published");
        string insightface = Path.Combine(published, "decode", "v1", "insightface", "models", "buffalo_l");
        string first = Path.Combine(published, "decode", "v1", "first_stage");
        KnownModels.WriteAll(insightface);
        KnownModels.WriteAll(first);

        FaceModelFiles files = FaceModelFiles.Find(published);

        Assert.Equal(Path.Combine(insightface, "det_10g.onnx"), Path.GetFullPath(files.Detector));
        Assert.Equal(Path.Combine(insightface, "2d106det.onnx"), Path.GetFullPath(files.Landmarks106));
        Assert.Equal(Path.Combine(first, "landmark.onnx"), Path.GetFullPath(files.Landmarks203));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private List<ScoredBox> Detect(RgbImage image)
    {
        using var detector = new ScrfdDetector(Path.Combine(folder, "det_10g.onnx"));
        return detector.Detect(image);
    }

    /// <summary>Red tells the column and green the row, for 255 pixels from <see cref="RampStart"/> on.</summary>
    private static RgbImage Ramps() => Painted((x, y) => (Clamp(x - RampStart.X), Clamp(y - RampStart.Y)));

    /// <summary>Colours, all too dark for the detector.</summary>
    private static RgbImage Dark() => Painted((x, y) => ((byte)(x / 4), (byte)(y / 4)));

    private static byte Clamp(float value) => (byte)Math.Clamp(value, 0, byte.MaxValue);

    private static RgbImage Painted(Func<int, int, (byte Red, byte Green)> colours)
    {
        var image = new RgbImage(512, 512);
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> row = image.Row(y);
            for (int x = 0; x < image.Width; x++)
            {
                (row[x * RgbImage.Channels], row[x * RgbImage.Channels + 1]) = colours(x, y);
            }
        }

        return image;
    }

    /// <summary>106 points that span 120 x 80 around (250, 260), eyes above the mouth, turned clockwise about that place.</summary>
    private static FaceLandmarks Turned(double degrees)
    {
        Matrix3x2 turn = Matrix3x2.CreateRotation((float)(degrees * Math.PI / 180), new Vector2(250, 260));
        var points = new Vector2[106];
        Array.Fill(points, new Vector2(250, 220));
        points[52] = points[61] = new Vector2(250, 300);
        points[1] = new Vector2(190, 250);
        points[17] = new Vector2(310, 270);
        return new FaceLandmarks([.. points.Select(point => Vector2.Transform(point, turn))]);
    }

    private static void Fill(RgbImage image, int channel, byte value, int x, int y, int side)
    {
        for (int row = y; row < y + side; row++)
        {
            for (int column = x; column < x + side; column++)
            {
                image.Row(row)[column * RgbImage.Channels + channel] = value;
            }
        }
    }

    private static void AssertBox(float x, float y, float stride, float[] distances, float scale, FaceBox found)
    {
        Assert.Equal((x - distances[0] * stride) / scale, found.X, 1e-3f);
        Assert.Equal((y - distances[1] * stride) / scale, found.Y, 1e-3f);
        Assert.Equal((distances[0] + distances[2]) * stride / scale, found.Width, 1e-3f);
        Assert.Equal((distances[1] + distances[3]) * stride / scale, found.Height, 1e-3f);
    }

    private static void AssertNear(Vector2 expected, Vector2 found, float tolerance) =>
        Assert.True(Vector2.Distance(expected, found) <= tolerance, $"{found} lies {Vector2.Distance(expected, found)} from {expected}");
}

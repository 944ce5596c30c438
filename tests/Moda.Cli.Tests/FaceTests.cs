using System.Text.Json;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Moda.Testing.FaceModels;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Faces that aren't there, are too small, or are found by the reference's models.</summary>
public sealed class FaceTests(Workplace place) : IClassFixture<Workplace>
{
    private const int NoFace = 3;

    [Fact]
    public async Task An_image_without_a_face_ends_with_one_line_that_says_what_would_help()
    {
        string image = place.Place("empty.png");
        ImageFile.Save(new RgbImage(320, 200), image);

        await AssertNoFace(image, [], "No face was found", "320 x 200", "crop or turn the image", "landmarks by file", "--landmarks");
    }

    [Fact]
    public async Task A_face_that_is_too_small_ends_with_one_line_that_says_how_large_it_is()
    {
        string image = place.Place("small.png");
        ImageFile.Save(ImageTransforms.ShrinkByArea(ImageFile.Load(place.Portrait), 4), image);

        await AssertNoFace(image, [], "128 x 128", "pixels large", "32 are needed", "higher resolution");
    }

    [Fact]
    public async Task A_number_beyond_the_faces_ends_with_one_line_that_says_how_many_there_are() =>
        await AssertNoFace(place.Portrait, ["--face", "2"], "Face 2", "only 1 was found");

    [Theory]
    [InlineData("--face-models")]
    [InlineData("--weights")]
    public async Task The_reference_s_models_find_faces_where_they_are_given_or_lie_with_the_weights(string option)
    {
        string models = place.Place("models");
        KnownModels.WriteAll(models);

        CommandRun run = await CommandRun.Of("generate", "--image", BlueSquare(), "--list-faces", option, models, "--device", "cpu");

        Assert.Equal(0, run.ExitCode);
        using JsonDocument listing = JsonDocument.Parse(run.Output);
        JsonElement face = Assert.Single(listing.RootElement.GetProperty("faces").EnumerateArray());
        Assert.Equal([208, 208, 72, 80], face.GetProperty("box").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal(106, face.GetProperty("landmarks").GetArrayLength());
        Assert.Equal(203, face.GetProperty("refined_landmarks").GetArrayLength());
        Assert.Equal(option == "--weights", run.Error.Contains($"faces: insightface's models in '{models}'"));
    }

    [Fact]
    public async Task Faces_are_listed_with_score_box_and_landmarks()
    {
        CommandRun run = await CommandRun.Of("generate", "--image", place.Portrait, "--list-faces", "--device", "cpu");

        Assert.Equal(0, run.ExitCode);
        using JsonDocument listing = JsonDocument.Parse(run.Output);
        Assert.Equal(512, listing.RootElement.GetProperty("width").GetInt32());
        JsonElement face = Assert.Single(listing.RootElement.GetProperty("faces").EnumerateArray());
        Assert.Equal(1, face.GetProperty("number").GetInt32());
        Assert.InRange(face.GetProperty("score").GetDouble(), 0.8, 1);
        Assert.Equal(4, face.GetProperty("box").GetArrayLength());
        Assert.Equal(68, face.GetProperty("landmarks").GetArrayLength());
    }

    [Fact]
    public async Task What_list_faces_printed_is_taken_as_landmarks()
    {
        CommandRun listing = await CommandRun.Of("generate", "--image", place.Portrait, "--list-faces", "--device", "cpu");
        string faces = place.Place("faces.json");
        await File.WriteAllTextAsync(faces, listing.Output, TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of(
            "generate", "--image", place.Portrait, "--audio", place.Voice, "--out", place.Place("listed") + Path.DirectorySeparatorChar,
            "--weights", place.Weights, "--device", "cpu", "--steps", "2", "--landmarks", faces);

        Assert.True(run.ExitCode == 0, run.Error);
    }

    [Fact]
    public async Task A_face_that_was_found_speaks()
    {
        string frames = place.Place("found");

        CommandRun run = await CommandRun.Of(
            "generate", "--image", place.Portrait, "--audio", place.Voice, "--out", frames + Path.DirectorySeparatorChar,
            "--weights", place.Weights, "--device", "cpu", "--steps", "2");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(5, Directory.GetFiles(frames).Length);
    }

    [Fact]
    public async Task A_drawing_in_which_no_face_is_found_speaks_by_five_points()
    {
        string image = Drawing();
        string expected = await GenerateDrawn(image, "named", """{"landmarks": {"nose": [200, 160], "left_eye": [160, 110], "right_eye": [240, 110], "left_mouth": [165, 190], "right_mouth": [235, 190]}}""", note: false);
        string swapped = await GenerateDrawn(image, "swapped", "[[240, 110], [200, 160], [160, 110], [165, 190], [235, 190]]", note: true);

        string[] frames = Directory.GetFiles(expected);
        Assert.Equal(5, frames.Length);
        Assert.All(frames, frame => Assert.Equal(File.ReadAllBytes(frame), File.ReadAllBytes(Path.Combine(swapped, Path.GetFileName(frame)))));
        await AssertNoFace(image, [], "No face was found");
    }

    [Fact]
    public async Task Five_points_whose_order_is_not_certain_are_refused()
    {
        string points = place.Place("upside-down.json");
        await File.WriteAllTextAsync(points, "[[165, 190], [235, 190], [200, 160], [160, 110], [240, 110]]", TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of(Arguments(Drawing(), "--landmarks", points));

        Assert.Equal(1, run.ExitCode);
        string complaint = Assert.Single(run.Complaints);
        Assert.Contains(points, complaint);
        Assert.Contains("eyes and mouth are swapped", complaint);
    }

    [Fact]
    public async Task A_missing_face_model_is_named_in_one_line()
    {
        string models = place.Place("incomplete");
        KnownModels.WriteAll(models);
        File.Delete(Path.Combine(models, "landmark.onnx"));

        CommandRun run = await CommandRun.Of(Arguments(place.Portrait, "--face-models", models));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"'{Path.Combine(models, "landmark.onnx")}': there is no such file", Assert.Single(run.Complaints));
    }

    private async Task<string> GenerateDrawn(string image, string name, string points, bool note)
    {
        string landmarks = place.Place($"{name}.json");
        await File.WriteAllTextAsync(landmarks, points, TestContext.Current.CancellationToken);
        string frames = place.Place($"drawn-{name}");

        CommandRun run = await CommandRun.Of(
            "generate", "--image", image, "--audio", place.Voice, "--out", frames + Path.DirectorySeparatorChar,
            "--weights", place.Weights, "--device", "cpu", "--steps", "2", "--landmarks", landmarks);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(note, run.Error.Contains("another order, which was put right"));
        return frames;
    }

    // Four dots and a line: eyes, a nose, a mouth.
    private string Drawing()
    {
        var drawing = new RgbImage(400, 300);
        drawing.Pixels.AsSpan().Fill(byte.MaxValue);
        foreach ((int x, int y, int width) in ((int X, int Y, int Width)[])[(155, 105, 10), (235, 105, 10), (195, 155, 10), (165, 185, 70)])
        {
            for (int row = y; row < y + 10; row++)
            {
                drawing.Row(row).Slice(x * RgbImage.Channels, width * RgbImage.Channels).Clear();
            }
        }

        string image = place.Place("drawing.png");
        ImageFile.Save(drawing, image);
        return image;
    }

    private async Task AssertNoFace(string image, string[] more, params string[] facts)
    {
        CommandRun run = await CommandRun.Of(Arguments(image, more));

        Assert.Equal(NoFace, run.ExitCode);
        string complaint = Assert.Single(run.Complaints);
        Assert.All(facts, fact => Assert.Contains(fact, complaint));
        Assert.DoesNotContain("   at ", run.Error);
        Assert.Empty(Directory.GetFiles(place.Folder, "*faceless*"));
    }

    /// <summary>What the known models take for a face.</summary>
    private string BlueSquare()
    {
        var scene = new RgbImage(512, 512);
        for (int y = 240; y < 248; y++)
        {
            for (int x = 240; x < 248; x++)
            {
                scene.Row(y)[x * RgbImage.Channels + 2] = byte.MaxValue;
            }
        }

        string image = place.Place("blue.png");
        ImageFile.Save(scene, image);
        return image;
    }

    private string[] Arguments(string image, params string[] more) =>
    [
        "generate", "--image", image, "--audio", place.Voice, "--out", place.Place(Workplace.VideoName("faceless")), "--weights", place.Weights, "--device", "cpu", .. more,
    ];
}

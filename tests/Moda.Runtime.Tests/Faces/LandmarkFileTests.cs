using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class LandmarkFileTests : IDisposable
{
    private const string Five = "[[1, 2], [9.5, 3], [5, 6e0], [-1, 9], [9, 10]]";
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(Five)]
    [InlineData("{\"landmarks\": " + Five + "}")]
    [InlineData("\uFEFF{\"image\": \"a.png\", \"landmarks\": " + Five + "}")]
    public void The_array_is_read_bare_and_in_an_object(string json)
    {
        FaceLandmarks landmarks = LandmarkFile.Load(Write(json));

        Assert.Equal([new(1, 2), new(9.5f, 3), new(5, 6), new(-1, 9), new(9, 10)], landmarks.Points.ToArray());
    }

    [Theory]
    [InlineData("{\"landmarks\": {\"nose\": [5, 6], \"left_eye\": [1, 2], \"right_eye\": [9.5, 3], \"right_mouth\": [9, 10], \"left_mouth\": [-1, 9]}}")]
    [InlineData("[[9.5, 3], [5, 6], [1, 2], [-1, 9], [9, 10]]")]
    public void Five_points_are_read_by_name_and_put_in_their_order(string json) =>
        Assert.Equal([new(1, 2), new(9.5f, 3), new(5, 6), new(-1, 9), new(9, 10)], LandmarkFile.Load(Write(json)).Points.ToArray());

    [Theory]
    [InlineData(68)]
    [InlineData(106)]
    [InlineData(203)]
    public void What_was_saved_is_read_back(int count)
    {
        Random random = new(count);
        FaceLandmarks landmarks = new([.. Enumerable.Range(0, count).Select(_ => new Vector2(random.NextSingle() * 1920, random.NextSingle() * 1e-3f))]);
        string path = folder.File("points.json");

        LandmarkFile.Save(landmarks, path);

        Assert.Equal(landmarks.Points.ToArray(), LandmarkFile.Load(path).Points.ToArray());
    }

    [Theory]
    [InlineData("largest", 100)]
    [InlineData("left", 10)]
    [InlineData("right", 300)]
    [InlineData("center", 100)]
    [InlineData("1", 10)]
    [InlineData("3", 300)]
    public void A_listing_of_faces_is_read(string face, float x)
    {
        string path = Write(Listing(100, 300, 10));

        Assert.Equal(x, LandmarkFile.Load(path, FaceChoice.Parse(face)).Points[0].X);
    }

    [Fact]
    public void A_listing_without_the_chosen_face_says_how_many_there_are()
    {
        string path = Write(Listing(100, 300));

        string message = Assert.Throws<FaceNotFoundException>(() => LandmarkFile.Load(path, FaceChoice.Parse("3"))).Message;

        Assert.Contains("only 2 were found", message);
        Assert.Contains(path, message);
    }

    [Fact]
    public void What_a_message_quotes_of_the_file_is_short_and_free_of_control_characters()
    {
        string message = Assert.Throws<LandmarkException>(() => LandmarkFile.Load(Write("[[1, f\u001b[2J\u009b" + new string('f', 20_000)))).Message;

        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 1, 500);
    }

    [Fact]
    public void A_device_that_never_ends_is_refused()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero.");

        Assert.Contains("too large", Assert.Throws<LandmarkException>(() => LandmarkFile.Load("/dev/zero")).Message);
    }

    [Theory]
    [InlineData("{\"faces\": []}", "no faces")]
    [InlineData("{\"faces\": 5}", "no faces")]
    [InlineData("{\"faces\": [5]}", "face 1")]
    [InlineData("{\"faces\": [{\"landmarks\": " + Five + "}]}", "box")]
    [InlineData("{\"faces\": [{\"landmarks\": " + Five + ", \"box\": [1, 2, 3]}]}", "box")]
    [InlineData("{\"faces\": [{\"landmarks\": " + Five + ", \"box\": [1, 2, 3, 1e60]}]}", "box")]
    [InlineData("{\"faces\": [{\"landmarks\": " + Five + ", \"box\": [1, 2, 3, 4]}], \"width\": -1}", "width")]
    [InlineData("", "not JSON")]
    [InlineData("[[1, 2], [3", "not JSON")]
    [InlineData("{\"points\": []}", "no \"landmarks\"")]
    [InlineData("\"text\"", "array of points")]
    [InlineData("{\"landmarks\": 5}", "array of points")]
    [InlineData("{\"landmarks\": {\"left_eye\": [1, 2], \"beak\": [5, 6]}}", "no point is called \"beak\"")]
    [InlineData("{\"landmarks\": {\"left_eye\": [1, 2], \"nose\": [5, 6]}}", "there is no \"right_eye\"")]
    [InlineData("{\"landmarks\": {\"left_eye\": [1, 2], \"right_eye\": 5}}", "point \"right_eye\" is 5")]
    [InlineData("[[1, 10], [9, 10], [5, 6], [1, 2], [9, 2]]", "eyes and mouth are swapped")]
    [InlineData("{\"landmarks\": {\"\\ud800\": [1, 2]}}", "not JSON")]
    [InlineData("[[1, 2], [3, 4]]", "2 points")]
    [InlineData("[[1, 2], [3, 4], [5, 6], [7, 8], [9]]", "point 4")]
    [InlineData("[[1, 2], [3, \"4\"], [5, 6], [7, 8], [9, 10]]", "point 1")]
    [InlineData("[[1, 2], [3, 1e60], [5, 6], [7, 8], [9, 10]]", "no place in an image")]
    public void What_is_wrong_is_said(string json, string problem)
    {
        string path = Write(json);

        LandmarkException error = Assert.Throws<LandmarkException>(() => LandmarkFile.Load(path));

        Assert.Contains(problem, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public void A_name_that_is_not_utf_8_is_refused()
    {
        string path = folder.File("points.json");
        File.WriteAllBytes(path, [.. "{\"landmarks\": {\""u8, 0xE8, .. "\": [1, 2]}}"u8]);

        Assert.Contains("not JSON", Assert.Throws<LandmarkException>(() => LandmarkFile.Load(path)).Message);
    }

    [Fact]
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Contains("no such file", Assert.Throws<LandmarkException>(() => LandmarkFile.Load(folder.File("absent.json"))).Message);

    public void Dispose() => folder.Dispose();

    // In an image 200 pixels wide, faces of 40 pixels, of which the first is the largest.
    private static string Listing(params int[] columns) =>
        "{\"width\": 200, \"height\": 100, \"faces\": [" + string.Join(", ", columns.Select((x, i) =>
            $"{{\"box\": [{x - 20}, 30, {(i == 0 ? 41 : 40)}, 40], \"landmarks\": [[{x}, 2], [{x + 8}, 2], [{x + 4}, 6], [{x}, 10], [{x + 8}, 10]]}}")) + "]}";

    private string Write(string text)
    {
        string path = folder.File("points.json");
        File.WriteAllText(path, text);
        return path;
    }
}

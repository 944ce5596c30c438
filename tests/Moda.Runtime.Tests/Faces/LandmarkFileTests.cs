using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Tests.Media;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class LandmarkFileTests : IDisposable
{
    private const string Five = "[[1, 2], [3.5, 4], [5, 6e0], [-7, 8], [9, 10]]";
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(Five)]
    [InlineData("{\"landmarks\": " + Five + "}")]
    [InlineData("\uFEFF{\"image\": \"a.png\", \"landmarks\": " + Five + "}")]
    public void Both_forms_are_read(string json)
    {
        FaceLandmarks landmarks = LandmarkFile.Load(Write(json));

        Assert.Equal([new(1, 2), new(3.5f, 4), new(5, 6), new(-7, 8), new(9, 10)], landmarks.Points.ToArray());
    }

    [Theory]
    [InlineData(5)]
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
    [InlineData("", "not JSON")]
    [InlineData("[[1, 2], [3", "not JSON")]
    [InlineData("{\"points\": []}", "no \"landmarks\"")]
    [InlineData("\"text\"", "array of points")]
    [InlineData("{\"landmarks\": 5}", "array of points")]
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
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Contains("no such file", Assert.Throws<LandmarkException>(() => LandmarkFile.Load(folder.File("absent.json"))).Message);

    public void Dispose() => folder.Dispose();

    private string Write(string text)
    {
        string path = folder.File("points.json");
        File.WriteAllText(path, text);
        return path;
    }
}

using System.Numerics;
using Moda.Runtime.Faces;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class FaceSelectionTests
{
    // By sureness; from left to right they stand at 20, 100, 150 (small) and 300.
    private static readonly DetectedFace[] Faces = [Face(100, 60), Face(300, 50), Face(20, 40), Face(150, 20)];

    [Theory]
    [InlineData("all", new[] { 1, 2, 4 }, new[] { 20, 100, 300 })]
    [InlineData("4,1", new[] { 1, 4 }, new[] { 20, 300 })]
    [InlineData("2", new[] { 2 }, new[] { 100 })]
    public void Faces_are_numbered_from_left_to_right(string text, int[] numbers, int[] columns)
    {
        IReadOnlyList<NumberedFace> chosen = FaceSelection.Parse(text).Choose(400, 200, Faces);

        Assert.Equal(numbers, chosen.Select(face => face.Number));
        Assert.Equal(columns, chosen.Select(face => (int)face.Face.Box.CentreX));
    }

    [Fact]
    public void Faces_that_are_not_there_are_refused()
    {
        Assert.Contains("only 4 were found", Assert.Throws<FaceNotFoundException>(() => FaceSelection.Parse("1,5").Choose(400, 200, Faces)).Message);
        Assert.Contains("No face", Assert.Throws<FaceNotFoundException>(() => FaceSelection.All.Choose(400, 200, [])).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1,")]
    [InlineData("-1")]
    [InlineData("ALL")]
    [InlineData("1,all")]
    [InlineData("2,2")]
    public void A_selection_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => FaceSelection.Parse(text));

    private static DetectedFace Face(float x, float size) => new(
        new FaceBox(x - (size / 2), 50, size, size),
        Score: 1,
        new FaceLandmarks([new Vector2(x - 5, 60), new(x + 5, 60), new(x, 66), new(x - 5, 70), new(x + 5, 70)]));
}

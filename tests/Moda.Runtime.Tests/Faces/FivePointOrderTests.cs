using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

/// <summary>Five landmarks in any order give the crop of the right order, or are refused.</summary>
public sealed class FivePointOrderTests
{
    /// <summary>Faces by name: left eye, right eye, nose, left and right corner of the mouth.</summary>
    private static readonly Dictionary<string, Vector2[]> Faces = new()
    {
        ["person"] = [new(-30, -40), new(30, -40), new(0, 0), new(-25, 30), new(25, 30)],
        ["looks down"] = [new(-30, -30), new(30, -30), new(0, 20), new(-24, 30), new(24, 30)],
        ["looks up"] = [new(-30, -40), new(30, -40), new(0, -10), new(-25, 30), new(25, 30)],
        ["looks left"] = [new(-35, -40), new(15, -40), new(-25, 5), new(-30, 30), new(10, 30)],
        ["profile"] = [new(-20, -40), new(0, -42), new(-40, 0), new(-25, 30), new(-5, 32)],
        ["dog"] = [new(-25, -30), new(25, -30), new(0, 25), new(-45, 40), new(45, 40)],
        ["long drawing"] = [new(-12, -80), new(12, -80), new(0, 20), new(-20, 60), new(20, 60)],
        ["wide drawing"] = [new(-80, -20), new(80, -20), new(0, 8), new(-50, 20), new(50, 20)],
    };

    public static TheoryData<string, int, bool> Turned
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (string face in Faces.Keys)
            {
                for (int turn = -40; turn <= 40; turn += 10)
                {
                    data.Add(face, turn, face != "profile" && Math.Abs(turn) <= 20);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void Every_order_gives_the_right_order_s_crop_or_is_refused(string face, int degrees, bool restoresSwaps)
    {
        Vector2[] points = Place(face, degrees);
        FaceRegion expected = RegionOf(points);
        foreach (int[] order in Orders())
        {
            try
            {
                var landmarks = new FaceLandmarks([.. order.Select(index => points[index])]).InOrder();

                Assert.Equal(points, landmarks.Points.ToArray());
                Assert.Equal(!order.SequenceEqual([0, 1, 2, 3, 4]), landmarks.IsPutRight);
                Assert.Equal(expected, FaceRegion.FromLandmarks(landmarks, FaceRegionOptions.Source));
            }
            catch (LandmarkException)
            {
                // An eye that is swapped with the corner of the mouth across from it leaves a face on its side.
                // A profile that is turned may be one of several.
                int moved = order.Where((index, place) => index != place).Count();
                Assert.InRange(moved, restoresSwaps && order[0] != 4 && order[1] != 3 ? 3 : face == "profile" && Math.Abs(degrees) > 10 ? 0 : 2, 5);
            }
        }
    }

    [Theory]
    [InlineData("person", 180, "180 degrees, or eyes and mouth are swapped")]
    [InlineData("person", 90, "90 degrees, or eyes and corners of the mouth are swapped")]
    [InlineData("dog", -60, "60 degrees")]
    public void A_face_that_is_not_upright_is_refused_since_it_looks_like_a_wrong_order(string face, int degrees, string problem)
    {
        Vector2[] points = Place(face, degrees);

        string refusal = Refusal(points);

        Assert.Contains(problem, refusal);
        Assert.Contains("turn a picture", refusal);
    }

    [Fact]
    public void Left_and_right_are_those_of_the_picture_wherever_the_nose_is()
    {
        Vector2[] points = Place("looks up", 20);

        Assert.Equal(points, new FaceLandmarks([points[1], points[0], points[2], points[4], points[3]]).InOrder().Points.ToArray());
        Assert.Equal(points, new FaceLandmarks([points[1], points[0], points[2], points[3], points[4]]).InOrder().Points.ToArray());
    }

    [Theory]
    [InlineData("person", new[] { 3, 4, 2, 0, 1 }, "eyes and mouth are swapped")]
    [InlineData("person", new[] { 2, 3, 0, 1, 4 }, "the left eye lies between the others")]
    [InlineData("person", new[] { 3, 1, 4, 2, 0 }, "the left corner of the mouth lies between the others")]
    [InlineData("profile", new[] { 0, 1, 4, 3, 2 }, "swapped with a corner of the mouth")]
    public void A_refusal_says_what_looks_swapped(string face, int[] order, string problem)
    {
        Vector2[] points = Place(face, 0);

        string refusal = Refusal([.. order.Select(index => points[index])]);

        Assert.Contains(problem, refusal);
        Assert.Contains("left is left in the picture", refusal);
    }

    [Fact]
    public void Points_on_one_place_or_on_a_line_are_refused()
    {
        Vector2[] twice = Place("person", 0);
        twice[4] = twice[1];
        Vector2[] line = [.. Enumerable.Range(0, 5).Select(n => new Vector2(10 + (20 * n), 30 + (10 * n)))];

        Assert.Contains("the right eye and the right corner of the mouth lie on one point", Refusal(twice));
        Assert.Contains("on a line", Refusal(line));
        Assert.Contains("on one point", Refusal(new Vector2[5]));
    }

    private static string Refusal(Vector2[] points) => Assert.Throws<LandmarkException>(() => new FaceLandmarks(points).InOrder()).Message;

    private static FaceRegion RegionOf(Vector2[] points) => FaceRegion.FromLandmarks(new FaceLandmarks(points), FaceRegionOptions.Source);

    private static Vector2[] Place(string face, int degrees)
    {
        var turn = Matrix3x2.CreateRotation(float.DegreesToRadians(degrees));
        return Array.ConvertAll(Faces[face], point => new Vector2(200, 150) + Vector2.Transform(point, turn));
    }

    private static IEnumerable<int[]> Orders()
    {
        for (int code = 0; code < 5 * 5 * 5 * 5 * 5; code++)
        {
            int[] order = [code % 5, code / 5 % 5, code / 25 % 5, code / 125 % 5, code / 625];
            if (order.Distinct().Count() == 5)
            {
                yield return order;
            }
        }
    }
}

using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

/// <summary>Several faces of a video: each keeps its place among those that are followed.</summary>
public sealed class SeveralFacesTests : IDisposable
{
    private const int Width = 720;
    private const int Height = 280;
    private const int Side = 220;
    private const int Left = 10;
    private const int Middle = 250;
    private const int Right = 490;

    private readonly CpuDevice device = new(2);
    private readonly FaceAnalyzer analyzer;
    private readonly RgbImage face = ImageTransforms.ResizeBilinear(ImageFile.Load(TestData.Path("assets", "portrait.png")), Side, Side);

    private readonly double middleOfFace;

    public SeveralFacesTests()
    {
        analyzer = new FaceAnalyzer(device);
        middleOfFace = FaceBox.Around(Assert.Single(analyzer.Analyze(Picture(Middle), Token)).Landmarks).CentreX - Middle;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        analyzer.Dispose();
        device.Dispose();
    }

    [Fact]
    public void Faces_that_move_are_followed_each_in_its_place()
    {
        var tracker = new FaceTracker(analyzer, FaceSelection.All);
        for (int frame = 0; frame < 4; frame++)
        {
            AssertPlaces([Left + (4 * frame), Right - (4 * frame)], tracker.Next(Picture(Left + (4 * frame), Right - (4 * frame)), Token));
        }
    }

    [Fact]
    public void A_face_that_is_hidden_does_not_jump_onto_another_and_is_found_again()
    {
        var tracker = new FaceTracker(analyzer, FaceSelection.All);

        AssertPlaces([Left, Middle], tracker.Next(Picture(Left, Middle), Token));
        AssertPlaces([null, Middle], tracker.Next(Picture(Middle), Token));
        AssertPlaces([Left, Middle], tracker.Next(Picture(Left, Middle), Token));
        for (int frame = 0; frame < 12; frame++)
        {
            AssertPlaces([null, Middle], tracker.Next(Picture(Middle), Token));
        }

        Assert.True(FramesUntil(tracker, [Left, Middle]) <= 5);
    }

    [Fact]
    public void One_face_that_is_hidden_does_not_jump_onto_one_that_is_not_followed()
    {
        var tracker = new FaceTracker(analyzer, FaceChoice.Parse("left"));

        AssertPlaces([Left], tracker.Next(Picture(Left, Right), Token));
        AssertPlaces([null], tracker.Next(Picture(Right), Token));
        AssertPlaces([Left], tracker.Next(Picture(Left, Right), Token));
    }

    [Fact]
    public void Two_faces_that_come_to_one_place_are_not_taken_for_two()
    {
        // The left face goes behind the right one: its landmarks are drawn to it.
        var tracker = new FaceTracker(analyzer, FaceSelection.All);
        AssertPlaces([Left, Middle], tracker.Next(Picture(Left, Middle), Token));
        for (int x = Left; x < Middle; x += 12)
        {
            IReadOnlyList<FaceLandmarks?> found = tracker.Next(Picture(x, Middle), Token);
            Assert.Equal(Middle, PlaceOf(found[1]!), 4.0);
            Assert.False(found[0] is { } left && Math.Abs(PlaceOf(left) - Middle) < 20, $"both faces are at {Middle} when the left one is at {x}");
        }
    }

    [Fact]
    public void A_face_that_comes_later_has_the_next_number()
    {
        var all = new FaceTracker(analyzer, FaceSelection.All);
        var first = new FaceTracker(analyzer, FaceSelection.Parse("1"));
        var both = new FaceTracker(analyzer, FaceSelection.Parse("1,2"));

        AssertPlaces([Right], all.Next(Picture(Right), Token));
        AssertPlaces([Right], first.Next(Picture(Right), Token));
        AssertPlaces([Right, null], both.Next(Picture(Right), Token));

        // The detector looks once a second.
        Assert.True(FramesUntil(all, [Right, Left]) <= 25);
        Assert.True(FramesUntil(both, [Right, Left]) <= 25);
        Assert.Equal(int.MaxValue, FramesUntil(first, [Right, Left]));
        AssertPlaces([Right], first.Next(Picture(Right, Left), Token));
    }

    [Fact]
    public void Each_scene_numbers_its_faces_from_left_to_right()
    {
        var tracker = new FaceTracker(analyzer, FaceSelection.Parse("1,3"));

        AssertPlaces([Left, Right], tracker.Next(Picture(Left, Middle, Right), Token));
        AssertPlaces([Middle, null], tracker.Next(Shaded(200, Middle, Right), Token));
        AssertPlaces([Left, Right], tracker.Next(Picture(Left, Middle, Right), Token));
    }

    // Frames with faces at the given places until they are found there; int.MaxValue if they are not found within 30.
    private int FramesUntil(FaceTracker tracker, int[] places)
    {
        RgbImage picture = Picture(places);
        for (int frame = 1; frame <= 30; frame++)
        {
            IReadOnlyList<FaceLandmarks?> found = tracker.Next(picture, Token);
            if (found.Count == places.Length && found.All(landmarks => landmarks is not null))
            {
                AssertPlaces([.. places], found);
                return frame;
            }
        }

        return int.MaxValue;
    }

    private void AssertPlaces(int?[] expected, IReadOnlyList<FaceLandmarks?> found)
    {
        Assert.Equal(expected.Select(place => place is not null), found.Select(landmarks => landmarks is not null));
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] is { } place)
            {
                Assert.Equal(place, PlaceOf(found[i]!), 6.0);
            }
        }
    }

    // The left edge of the pasted portrait.
    private double PlaceOf(FaceLandmarks landmarks) => FaceBox.Around(landmarks).CentreX - middleOfFace;

    private RgbImage Picture(params int[] places) => Shaded(60, places);

    private RgbImage Shaded(byte shade, params int[] places)
    {
        var picture = new RgbImage(Width, Height);
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels[i] = (byte)(shade + (i / 3 % 7));
        }

        foreach (int place in places)
        {
            for (int row = 0; row < face.Height; row++)
            {
                face.Row(row).CopyTo(picture.Row(30 + row)[(3 * place)..]);
            }
        }

        return picture;
    }
}

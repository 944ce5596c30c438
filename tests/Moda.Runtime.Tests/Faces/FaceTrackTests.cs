using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Tracking;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class FaceTrackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_track_is_read_as_it_was_written()
    {
        var random = new Random(5);
        FaceLandmarks?[][] written =
        [
            [Points(random, 68)], [null], [Points(random, 203), Points(random, 68)], [null, Points(random, 68)], [null, null], [Points(random, 68), null, Points(random, 203)], [],
        ];
        using var track = new FaceTrack("a.mp4");
        foreach (FaceLandmarks?[] faces in written)
        {
            await track.AddAsync(TimeSpan.FromSeconds(track.Times.Count), faces, Token);
        }

        int frame = 0;
        await foreach (IReadOnlyList<FaceLandmarks?> faces in track.ReadAsync(Token))
        {
            Assert.Equal(written[frame++].Select(face => face?.Points.ToArray()), faces.Select(face => face?.Points.ToArray()));
        }

        Assert.Equal(written.Length, frame);
        Assert.Equal(3, track.FramesWithoutFace);
    }

    private static FaceLandmarks Points(Random random, int count) =>
        new([.. Enumerable.Range(0, count).Select(_ => new Vector2(random.NextSingle() * 100, random.NextSingle() * 100))]);
}

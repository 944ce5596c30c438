using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Videos of a portrait over moving ground, dubbed by tiny synthetic weights: what is drawn is noise, where and when is not.</summary>
public sealed class DubTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.Feather)]
    public async Task Only_the_face_of_a_frame_changes(PasteBackMode pasteBack)
    {
        string path = await Videos().FaceAsync("face.mkv", frames: 4, rate: 50, hidden: "eq(n,1)");
        byte[][] source = await TestClips.DecodeAsync(path);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);

        await using TalkingClip clip = engine.Dub(video, TestEngines.Voice(frames: 2), TestEngines.Dubbing(pasteBack));
        List<VideoFrame> frames = await TestClips.ReadAsync(clip);

        Assert.Equal((4, 1), (video.FrameCount, video.FramesWithoutFace));
        Assert.Equal(new VideoFormat(320, 240, 50), clip.Format);
        Assert.Equal([0, 0.02, 0.04, 0.06], frames.Select(frame => Math.Round(frame.Timestamp.TotalSeconds, 3)));
        Assert.Equal(source[1], frames[1].Pixels.ToArray());
        Assert.All((int[])[0, 2, 3], index => TestClips.AssertOnlyTheFaceIsNew(index, source[index], frames[index]));
    }

    [Theory]
    [InlineData(DubbingLength.Video, 10, 6)]
    [InlineData(DubbingLength.Video, 1, 6)]
    [InlineData(DubbingLength.Shortest, 10, 6)]
    [InlineData(DubbingLength.Shortest, 1, 2)]
    [InlineData(DubbingLength.Audio, 10, 20)]
    [InlineData(DubbingLength.Audio, 1, 2)]
    public async Task A_dub_is_as_long_as_is_asked_for(DubbingLength length, int voiceFrames, int expected)
    {
        string path = await Videos().FaceAsync("face.mkv", frames: 6, rate: 50);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        DubbingOptions options = TestEngines.Dubbing(PasteBackMode.Feather) with { Length = length };

        await using TalkingClip clip = engine.Dub(
            video, TestEngines.Voice(voiceFrames), options with { Generation = options.Generation with { Observer = new NoFrames() } });
        await foreach (VideoFrame _ in clip.WithCancellation(Token))
        {
        }

        Assert.Equal(expected, clip.FrameCount);
    }

    [Fact]
    public async Task A_dub_that_is_left_releases_all_it_held()
    {
        string path = await Videos().FaceAsync("face.mkv", frames: 30);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        await using (TalkingClip clip = engine.Dub(video, TestEngines.Voice(frames: 30), TestEngines.Dubbing(PasteBackMode.Feather)))
        {
            video.Dispose();
            await foreach (VideoFrame _ in clip.WithCancellation(Token))
            {
                break;
            }
        }

        await TestEngines.UntilAsync(() => engine.Memory is { Portraits: 0, Clips: 0 });
        Assert.Throws<ObjectDisposedException>(() => engine.Dub(video, TestEngines.Voice()));
    }

    [Fact]
    public async Task A_video_without_a_face_is_refused()
    {
        string path = await Videos().FaceAsync("none.mkv", frames: 3, hidden: "1");
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();

        FaceNotFoundException error = await Assert.ThrowsAsync<FaceNotFoundException>(() => engine.PrepareVideoAsync(path, cancellationToken: Token));

        Assert.StartsWith($"No face was found in any of the 3 frames of video '{path}'.", error.Message);
    }

    [Fact]
    public async Task Options_that_are_not_for_videos_are_refused()
    {
        string path = await Videos().FaceAsync("face.mkv", frames: 1);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        GenerationOptions usual = new DubbingOptions().Generation;

        Assert.All(
            (GenerationOptions[])[.. TestClips.NotForVideos(usual), usual with { Driving = usual.Driving with { NormalizeEyes = true } }],
            generation => Assert.Throws<ArgumentException>(() => engine.Dub(video, TestEngines.Voice(), new DubbingOptions { Generation = generation })));
    }

    private TestVideos Videos() => TestClips.VideosIn(folder);
}

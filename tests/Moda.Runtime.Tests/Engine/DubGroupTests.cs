using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Several faces of a video that are dubbed in the same frames, by tiny synthetic weights.</summary>
public sealed class DubGroupTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.Feather)]
    public async Task Each_face_is_that_of_a_dub_of_its_own_and_all_else_is_the_video(PasteBackMode mode)
    {
        string path = await TestClips.VideosIn(folder).TwoFacesAsync("two.mkv", frames: 3, hidden: "eq(n,1)");
        byte[][] source = await TestClips.DecodeAsync(path);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { FramesPerBatch = 2, RenderWorkers = 2 });
        DubbingOptions options = TestEngines.Dubbing(mode);
        byte[][] left = await AloneAsync("left", pitch: 0.05f);
        byte[][] right = await AloneAsync("right", pitch: 0.08f);

        using PreparedVideo video = await engine.PrepareVideoAsync(path, FaceSelection.All, cancellationToken: Token);
        await using TalkingClip clip = engine.Dub(
            video, [TestEngines.Voice(3, pitch: 0.05f).OpenReader(), TestEngines.Voice(3, pitch: 0.08f).OpenReader()], options);
        List<VideoFrame> together = await TestClips.ReadAsync(clip);

        Assert.Equal([1, 2], video.FaceNumbers);
        Assert.Equal(0, video.FramesWithoutFace);
        Assert.Equal(3, together.Count);
        for (int frame = 0; frame < 3; frame++)
        {
            byte[] expected = [.. source[frame]];
            Assert.True(TestClips.TakeOver(source[frame], left[frame], expected) > 100);
            Assert.Equal(frame != 1, TestClips.TakeOver(source[frame], right[frame], expected) > 100);
            Assert.Equal(expected, together[frame].Pixels.ToArray());
        }

        async Task<byte[][]> AloneAsync(string face, float pitch)
        {
            using PreparedVideo prepared = await engine.PrepareVideoAsync(path, FaceChoice.Parse(face), cancellationToken: Token);
            await using TalkingClip alone = engine.Dub(prepared, TestEngines.Voice(3, pitch), options);
            return [.. (await TestClips.ReadAsync(alone)).Select(frame => frame.Pixels.ToArray())];
        }
    }

    [Theory]
    [InlineData(DubbingLength.Video, 6)]
    [InlineData(DubbingLength.Audio, 9)]
    [InlineData(DubbingLength.Shortest, 6)]
    public async Task A_dub_lasts_as_the_longest_voice_does(DubbingLength length, int expected)
    {
        string path = await TestClips.VideosIn(folder).TwoFacesAsync("two.mkv", frames: 6);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, FaceSelection.All, cancellationToken: Token);
        DubbingOptions options = TestEngines.Dubbing(PasteBackMode.Feather) with { Length = length };

        await using TalkingClip clip = engine.Dub(
            video,
            [TestEngines.Voice(2).OpenReader(), TestEngines.Voice(9).OpenReader()],
            options with { Generation = options.Generation with { Observer = new NoFrames() } });
        await foreach (VideoFrame _ in clip.WithCancellation(Token))
        {
        }

        Assert.Equal(expected, clip.FrameCount);
    }

    [Fact]
    public async Task A_voice_that_fails_ends_the_dub_with_its_message()
    {
        string path = await TestClips.VideosIn(folder).TwoFacesAsync("two.mkv", frames: 2);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        PreparedVideo video = await engine.PrepareVideoAsync(path, FaceSelection.All, cancellationToken: Token);
        TalkingClip clip = engine.Dub(video, [TestEngines.Voice(2).OpenReader(), new BrokenVoice()], TestEngines.Dubbing(PasteBackMode.Feather));
        video.Dispose();

        AudioException failure = await Assert.ThrowsAsync<AudioException>(() => TestClips.ReadAsync(clip));

        Assert.Contains("broken", failure.Message);
        await clip.DisposeAsync();
        await TestEngines.UntilAsync(() => engine.Memory is { Portraits: 0, Clips: 0 });
    }

    [Fact]
    public async Task What_is_not_there_is_refused()
    {
        string path = await TestClips.VideosIn(folder).TwoFacesAsync("two.mkv", frames: 2);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, FaceSelection.All, cancellationToken: Token);

        ArgumentException missing = Assert.Throws<ArgumentException>(() => engine.Dub(video, TestEngines.Voice()));
        ArgumentException several = await Assert.ThrowsAsync<ArgumentException>(() => engine.ReadMotionAsync(video, cancellationToken: Token));
        FaceNotFoundException number = await Assert.ThrowsAsync<FaceNotFoundException>(
            () => engine.PrepareVideoAsync(path, FaceSelection.Parse("1,3"), cancellationToken: Token));

        Assert.StartsWith($"1 voice was given for the 2 faces of video '{path}'; each face needs one.", missing.Message);
        Assert.Equal($"Video '{path}' was prepared for 2 faces, and the motion of one is asked for. Prepare it for one face.", several.Message);
        Assert.StartsWith($"Face 3 of video '{path}' was asked for, but no scene has so many faces.", number.Message);
        video.Dispose();
        await TestEngines.UntilAsync(() => engine.Memory is { Portraits: 0, Clips: 0 });
    }
}

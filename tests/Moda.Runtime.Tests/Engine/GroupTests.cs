using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Several faces of one picture that speak in the same frames.</summary>
public sealed class GroupTests
{
    /// <summary>Columns of the picture between one face and the next.</summary>
    private const int Apart = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, PasteBackMode> Modes => new(
        from device in TestEngines.DeviceNames
        from mode in (PasteBackMode[])[PasteBackMode.Feather, PasteBackMode.Laplacian, PasteBackMode.FaceMask]
        select (device, mode));

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Each_face_is_that_of_a_clip_of_its_own_and_all_else_is_the_picture(string device, PasteBackMode mode)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(
            new EngineOptions { FramesPerBatch = 2, RenderWorkers = 2 }, TestEngines.Open(device));
        RgbImage picture = Picture(faces: 3);
        using PreparedPortrait left = await engine.PrepareAsync(Face(picture, 0), Token);
        using PreparedPortrait right = await engine.PrepareAsync(Face(picture, 2), Token);
        GenerationOptions options = TestEngines.Options() with { PasteBack = mode, FramesAhead = 1 };
        const int Frames = 3;
        byte[][] leftAlone = await TestEngines.FramesAsync(engine.Speak(left, TestEngines.Voice(Frames), options));
        byte[][] rightAlone = await TestEngines.FramesAsync(engine.Speak(right, TestEngines.Voice(Frames, pitch: 0.08f), options));

        byte[][] together = await TestEngines.FramesAsync(engine.SpeakTogether(
            [new(left, Voice(Frames)), new(right, Voice(Frames, pitch: 0.08f))], options));

        Assert.Equal(Frames, together.Length);
        for (int frame = 0; frame < Frames; frame++)
        {
            byte[] expected = [.. picture.Pixels];
            Assert.True(TestClips.TakeOver(picture.Pixels, leftAlone[frame], expected) > 100);
            Assert.True(TestClips.TakeOver(picture.Pixels, rightAlone[frame], expected) > 100);
            Assert.Equal(expected, together[frame]);
        }
    }

    [Fact]
    public async Task The_later_face_lies_above_the_earlier_where_both_reach()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        RgbImage picture = Picture(faces: 1);
        using PreparedPortrait below = await engine.PrepareAsync(Face(picture, 0), Token);
        using PreparedPortrait above = await engine.PrepareAsync(Face(picture, 0, shift: 20), Token);
        GenerationOptions options = TestEngines.Options();
        byte[] belowAlone = (await TestEngines.FramesAsync(engine.Speak(below, TestEngines.Voice(1), options)))[0];
        byte[] aboveAlone = (await TestEngines.FramesAsync(engine.Speak(above, TestEngines.Voice(1), options)))[0];

        byte[] together = (await TestEngines.FramesAsync(engine.SpeakTogether([new(below, Voice(1)), new(above, Voice(1))], options)))[0];

        // The middle of a crop hides what lies below it, and beyond its border the other is seen.
        Assert.Equal(Pixels(aboveAlone, 68), Pixels(together, 68));
        Assert.Equal(Pixels(belowAlone, 40), Pixels(together, 40));
        Assert.NotEqual(Pixels(belowAlone, 62), Pixels(together, 62));

        byte[] Pixels(byte[] frame, int column) => frame.AsSpan((43 * picture.Stride) + (column * RgbImage.Channels), 2 * RgbImage.Channels).ToArray();
    }

    [Fact]
    public async Task The_clip_is_as_long_as_the_longest_voice_and_silence_follows_the_others()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        RgbImage picture = Picture(faces: 2);
        using PreparedPortrait left = await engine.PrepareAsync(Face(picture, 0), Token);
        using PreparedPortrait right = await engine.PrepareAsync(Face(picture, 1), Token);
        GenerationOptions options = TestEngines.Options();
        const int Long = 3;
        float[] padded = new float[Long * AudioPreparation.SamplesPerFrame];
        TestEngines.Voice(1).Samples.CopyTo(padded);
        byte[][] leftAlone = await TestEngines.FramesAsync(engine.Speak(left, new Waveform(padded), options));
        byte[][] rightAlone = await TestEngines.FramesAsync(engine.Speak(right, TestEngines.Voice(Long), options));

        TalkingClip clip = engine.SpeakTogether([new(left, Voice(1)), new(right, Voice(Long))], options);
        byte[][] together = await TestEngines.FramesAsync(clip);

        Assert.Equal(Long, together.Length);
        Assert.Equal(Long, clip.FrameCount);
        byte[] expected = [.. picture.Pixels];
        TestClips.TakeOver(picture.Pixels, leftAlone[^1], expected);
        TestClips.TakeOver(picture.Pixels, rightAlone[^1], expected);
        Assert.Equal(expected, together[^1]);
    }

    [Fact]
    public async Task A_voice_that_fails_ends_the_clip_with_its_failure_while_another_still_waits()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        RgbImage picture = Picture(faces: 2);
        using PreparedPortrait left = await engine.PrepareAsync(Face(picture, 0), Token);
        using PreparedPortrait right = await engine.PrepareAsync(Face(picture, 1), Token);

        AudioException failure = await Assert.ThrowsAsync<AudioException>(() => TestEngines.FramesAsync(engine.SpeakTogether(
            [new(left, Voice(2)), new(right, new BrokenVoice())], TestEngines.Options())));

        Assert.Contains("broken", failure.Message);
    }

    [Fact]
    public async Task A_group_that_is_left_early_gives_its_portraits_back()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        RgbImage picture = Picture(faces: 2);
        PreparedPortrait left = await engine.PrepareAsync(Face(picture, 0), Token);
        PreparedPortrait right = await engine.PrepareAsync(Face(picture, 1), Token);
        TalkingClip clip = engine.SpeakTogether([new(left, Voice(40)), new(right, Voice(40))], TestEngines.Options());
        left.Dispose();
        right.Dispose();

        await foreach (VideoFrame _ in clip)
        {
            break;
        }

        await TestEngines.UntilAsync(() => engine.Memory.Portraits == 0 && engine.Memory.Clips == 0);
    }

    [Fact]
    public async Task What_can_not_speak_together_is_refused()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait one = await engine.PrepareAsync(Face(Picture(faces: 1), 0), Token);
        using PreparedPortrait other = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        RgbImage picture = Picture(faces: 2);
        using PreparedPortrait left = await engine.PrepareAsync(Face(picture, 0), Token);
        using PreparedPortrait right = await engine.PrepareAsync(Face(picture, 1), Token);
        GenerationOptions options = TestEngines.Options();

        Assert.Contains("at least one", Refusal([]));
        Assert.Contains("each face speaks once", Refusal([new(one, Voice(1)), new(one, Voice(1))]));
        Assert.Contains("of one picture", Refusal([new(one, Voice(1)), new(other, Voice(1))]));
        options = options with { PasteBack = PasteBackMode.None };
        Assert.Contains("PasteBack", Refusal([new(left, Voice(1)), new(right, Voice(1))]));
        options = options with { PasteBack = PasteBackMode.Feather, Pace = Pace.Live };
        Assert.Contains("Offline", Refusal([new(left, Voice(1)), new(right, Voice(1))]));
        right.Dispose();
        options = TestEngines.Options();
        Assert.Throws<ObjectDisposedException>(() => engine.SpeakTogether([new(left, Voice(1)), new(right, Voice(1))], options));

        string Refusal(SpeakingFace[] faces) => Assert.Throws<ArgumentException>(() => engine.SpeakTogether(faces, options)).Message;
    }

    // Noise, in which landmarks say where faces are.
    private static RgbImage Picture(int faces)
    {
        var picture = new RgbImage(40 + (faces * Apart), 80);
        new Random(3).NextBytes(picture.Pixels);
        return picture;
    }

    private static Portrait Face(RgbImage picture, int number, float shift = 0)
    {
        float x = (number * Apart) + shift;
        return Portrait.Create(
            picture, new FaceLandmarks([new(x + 40, 35), new(x + 56, 36), new(x + 48, 44), new(x + 42, 50), new(x + 54, 50)]));
    }

    private static ISampleReader Voice(int frames, float pitch = 0.05f) => TestEngines.Voice(frames, pitch).OpenReader();
}

using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Motion apart from a voice, and posed faces.</summary>
public sealed class DriveTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kept_motion_gives_the_same_frames_as_the_voice_it_comes_from()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        GenerationOptions options = TestEngines.Options();
        List<byte[]> spoken = await ReadAsync(engine.Speak(portrait, TestEngines.Voice(), options));
        await using ISampleReader voice = TestEngines.Voice().OpenReader();

        MotionTemplate motion = await engine.GenerateMotionAsync(portrait, voice, options, progress: null, Token);
        List<byte[]> driven = await ReadAsync(engine.Drive(portrait, motion, options));

        Assert.Equal(TestEngines.SpeechFrames, motion.Frames);
        Assert.Equal(spoken, driven);
    }

    [Fact]
    public async Task A_clip_has_the_motions_rate_and_number_of_frames()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        MotionTemplate motion = Still(frames: 2, framesPerSecond: 30000.0 / 1001);

        await using TalkingClip clip = engine.Drive(portrait, motion);
        var times = new List<TimeSpan>();
        await foreach (VideoFrame frame in clip.WithCancellation(Token))
        {
            times.Add(frame.Timestamp);
        }

        Assert.Equal(2, clip.FrameCount);
        Assert.Equal(1001, clip.Format.FramesPerSecond.Denominator);
        Assert.Equal([0, 33.37], times.Select(time => Math.Round(time.TotalMilliseconds, 2)));
    }

    [Fact]
    public async Task Openings_that_the_motion_does_not_tell_cannot_be_followed()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        var options = new GenerationOptions { Driving = DrivingOptions.ForVideo with { RetargetEyes = true } };

        Assert.Throws<ArgumentException>(() => engine.Drive(portrait, Still(frames: 2), options));
        Assert.Throws<ArgumentException>(() => engine.Drive(
            portrait, Still(frames: 2, framesPerSecond: 30), new GenerationOptions { Pace = Pace.Live, Driving = DrivingOptions.ForVideo }));
    }

    [Fact]
    public async Task A_slider_changes_the_face_and_the_same_pose_gives_the_same_bytes()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        RgbImage neutral = await engine.PoseAsync(portrait, default, cancellationToken: Token);
        RgbImage again = await engine.PoseAsync(portrait, default, cancellationToken: Token);
        RgbImage turned = await engine.PoseAsync(portrait, new FacePose { Yaw = 20, Smile = 1 }, cancellationToken: Token);

        Assert.Equal((96, 80), (neutral.Width, neutral.Height));
        Assert.Equal(neutral.Pixels, again.Pixels);
        Assert.NotEqual(neutral.Pixels, turned.Pixels);
    }

    [Fact]
    public async Task A_pose_that_cannot_be_is_refused()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        Assert.Null(portrait.EyeOpening);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.PoseAsync(portrait, new FacePose { Yaw = 26 }, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.PoseAsync(portrait, new FacePose { Smile = double.NaN }, cancellationToken: Token));

        // Five landmarks do not say how far eyes are open.
        await Assert.ThrowsAsync<ArgumentException>(() => engine.PoseAsync(portrait, new FacePose { EyeOpening = 0.2 }, cancellationToken: Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.PoseAsync(portrait, default, cancellationToken: new CancellationToken(canceled: true)));
        portrait.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.PoseAsync(portrait, default, cancellationToken: Token));
    }

    [Fact]
    public void The_default_pose_is_the_portraits_own()
    {
        default(FacePose).Validate();

        Assert.Equal(1, default(FacePose).Zoom);
        Assert.Equal(1.1, new FacePose { Zoom = 1.1 }.Zoom, 1e-12);
    }

    private static MotionTemplate Still(int frames, double framesPerSecond = 25)
    {
        float[] identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        float[] scales = new float[frames];
        Array.Fill(scales, 1.3f);
        return new MotionTemplate(
            framesPerSecond, scales, Enumerable.Repeat(identity, frames).SelectMany(row => row).ToArray(), new float[63 * frames], new float[3 * frames]);
    }

    private static async Task<List<byte[]>> ReadAsync(TalkingClip clip)
    {
        var frames = new List<byte[]>();
        await using (clip)
        {
            await foreach (VideoFrame frame in clip.WithCancellation(Token))
            {
                frames.Add(frame.Pixels.ToArray());
            }
        }

        return frames;
    }
}

using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Pipeline;

public sealed class TalkingClipTests : IDisposable
{
    private const int SpeechFrames = 150;

    private readonly CpuDevice device = new(threadCount: 1);
    private readonly WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
    private readonly TalkingHead head;
    private readonly Portrait portrait;

    public TalkingClipTests()
    {
        head = TalkingHead.Load(weights, device);
        var image = new RgbImage(96, 80);
        new Random(3).NextBytes(image.Pixels);
        portrait = Portrait.Create(image, new FaceLandmarks([new(40, 35), new(56, 36), new(48, 44), new(42, 50), new(54, 50)]));
    }

    public static TheoryData<MotionSmoothing, bool> Drivings => new()
    {
        { MotionSmoothing.None, false },
        { MotionSmoothing.None, true },
        { MotionSmoothing.ExponentialMovingAverage, false },
        { MotionSmoothing.ExponentialMovingAverage, true },
        { MotionSmoothing.Kalman, false },
    };

    [Theory]
    [MemberData(nameof(Drivings))]
    public async Task Motion_in_pieces_is_the_whole_motion_to_the_bit(MotionSmoothing smoothing, bool relative)
    {
        GenerationOptions options = Options(smoothing, relative);

        // A probe asks for the whole motion at once.
        await using TalkingClip whole = await Generate(options with { Probe = (_, _) => { } });
        int? known = whole.FrameCount;
        MotionSequence motion = whole.Motion;
        DrivingKeypoints driving = whole.Driving;
        await whole.DisposeAsync();
        await using TalkingClip pieces = await Generate(options);
        int? early = pieces.FrameCount;
        await pieces.CompleteMotionAsync(TestContext.Current.CancellationToken);

        Assert.Equal(SpeechFrames, known);
        Assert.Equal(smoothing == MotionSmoothing.Kalman ? SpeechFrames : null, early);
        Assert.Equal(SpeechFrames, pieces.FrameCount);
        Assert.Equal(motion.Values, pieces.Motion.Values);
        Assert.Equal(driving.Values, pieces.Driving.Values);
    }

    [Fact]
    public async Task Frames_rendered_as_motion_comes_are_those_of_the_whole_motion()
    {
        GenerationOptions options = Options(MotionSmoothing.None, relative: false);
        int[] chosen = [0, 62, 63, 127, 149];
        List<byte[]> early = await Render(options with { BatchSize = 3 }, chosen, completesFirst: false);
        List<byte[]> late = await Render(options with { BatchSize = 2 }, chosen, completesFirst: true);

        Assert.Equal(chosen.Length, early.Count);
        Assert.Equal(late, early);
    }

    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.None)]
    public async Task Stages_side_by_side_give_the_bytes_of_stages_one_after_the_other(PasteBackMode mode)
    {
        using TalkingHead beside = TalkingHead.Load(weights, device, sideBySide: true, progress: null, TestContext.Current.CancellationToken);
        GenerationOptions options = Options(MotionSmoothing.None, relative: false) with { PasteBack = mode, BatchSize = 2 };
        int[] chosen = [0, 1, 2, 64, 149];
        List<byte[]> expected = await Render(options, chosen, completesFirst: false);

        // The second clip finds the renderers and the sampler of the first.
        List<byte[]> first = await Render(options, chosen, completesFirst: false, beside);
        List<byte[]> second = await Render(options, chosen, completesFirst: true, beside);

        Assert.Equal(expected, first);
        Assert.Equal(expected, second);
    }

    [Fact]
    public async Task A_head_that_was_warmed_up_gives_the_same_bytes()
    {
        using TalkingHead warm = TalkingHead.Load(weights, device, sideBySide: true, progress: null, TestContext.Current.CancellationToken);
        GenerationOptions options = Options(MotionSmoothing.None, relative: false) with { BatchSize = 2 };
        int[] chosen = [0, 1, 64];
        List<byte[]> expected = await Render(options, chosen, completesFirst: false);
        int reads = 0;

        await warm.WarmUpAsync(
            portrait, options with { Noise = (_, _) => reads++, Audio = new AudioPreparationOptions() }, TestContext.Current.CancellationToken);

        Assert.Equal(0, reads);
        Assert.Equal(expected, await Render(options, chosen, completesFirst: false, warm));
    }

    [Fact]
    public async Task An_error_in_the_middle_of_the_speech_reaches_whoever_renders()
    {
        using TalkingHead beside = TalkingHead.Load(weights, device, sideBySide: true, progress: null, TestContext.Current.CancellationToken);
        GenerationOptions options = Options(MotionSmoothing.None, relative: false) with
        {
            BatchSize = 2,
            Noise = (segment, destination) =>
            {
                if (segment == 1)
                {
                    throw new IOException("no more noise");
                }

                destination.Clear();
            },
        };

        int frames = 0;
        IOException error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            await using TalkingClip clip = await Generate(options, beside);
            await foreach (VideoFrame _ in clip.RenderAsync([0, 1, 62, 64], cropRendered: null, TestContext.Current.CancellationToken))
            {
                frames++;
            }
        });

        Assert.Equal("no more noise", error.Message);
        Assert.Equal(2, frames);
        await using TalkingClip next = await Generate(Options(MotionSmoothing.None, relative: false), beside);
        Assert.True(next.Motion.Frames > 0);
    }

    [Fact]
    public async Task Silence_waits_for_the_whole_motion_and_is_cut_off()
    {
        GenerationOptions options = Options(MotionSmoothing.None, relative: false) with { Audio = new AudioPreparationOptions() };

        await using TalkingClip clip = await Generate(options);

        Assert.Equal(SpeechFrames, clip.FrameCount);
    }

    [Fact]
    public async Task A_clip_that_is_left_early_lets_the_next_one_begin()
    {
        await using (TalkingClip clip = await Generate(Options(MotionSmoothing.None, relative: false)))
        {
            await foreach (VideoFrame frame in clip.RenderAsync(TestContext.Current.CancellationToken))
            {
                Assert.Equal(0, frame.Index);
                break;
            }
        }

        await using TalkingClip next = await Generate(Options(MotionSmoothing.None, relative: false));
        Assert.True(next.Motion.Frames > 0);
    }

    [Fact]
    public async Task One_sequence_of_frames_is_rendered_at_a_time()
    {
        await using TalkingClip clip = await Generate(Options(MotionSmoothing.None, relative: false));
        await foreach (VideoFrame _ in clip.RenderAsync(TestContext.Current.CancellationToken))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => clip.CompleteMotionAsync(TestContext.Current.CancellationToken));
            break;
        }

        await clip.CompleteMotionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(SpeechFrames, clip.FrameCount);
    }

    [Fact]
    public async Task A_cancelled_rendering_throws_and_the_clip_can_be_disposed()
    {
        using var cancellation = new CancellationTokenSource();
        await using TalkingClip clip = await Generate(Options(MotionSmoothing.None, relative: false));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (VideoFrame _ in clip.RenderAsync(cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task A_rendering_that_is_cancelled_between_two_frames_ends()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new Immediate(value =>
        {
            if (value.Stage == GenerationStage.RenderingFrames)
            {
                cancellation.Cancel();
            }
        });
        await using TalkingClip clip = await Generate(Options(MotionSmoothing.None, relative: false), progress: progress);

        Task<OperationCanceledException> rendering = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (VideoFrame _ in clip.RenderAsync(cancellation.Token))
            {
            }
        });

        await rendering.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        head.Dispose();
        weights.Dispose();
        device.Dispose();
    }

    private static GenerationOptions Options(MotionSmoothing smoothing, bool relative) => new()
    {
        Sampling = new MotionSamplingOptions { Steps = 2 },
        Audio = new AudioPreparationOptions { Silence = SilenceMode.None },
        Driving = new DrivingOptions { Smoothing = smoothing, RelativeMotion = relative, Multiplier = 1.25f },
    };

    private Task<TalkingClip> Generate(GenerationOptions options, TalkingHead? by = null, IProgress<GenerationProgress>? progress = null)
    {
        float[] samples = new float[SpeechFrames * AudioPreparation.SamplesPerFrame];
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = 0.3f * MathF.Sin(0.05f * n) * MathF.Sin(0.0007f * n);
        }

        return (by ?? head).GenerateAsync(portrait, new Waveform(samples).OpenReader(), options, progress, TestContext.Current.CancellationToken);
    }

    private async Task<List<byte[]>> Render(GenerationOptions options, int[] frames, bool completesFirst, TalkingHead? by = null)
    {
        await using TalkingClip clip = await Generate(options, by);
        if (completesFirst)
        {
            await clip.CompleteMotionAsync(TestContext.Current.CancellationToken);
        }

        var rendered = new List<byte[]>();
        await foreach (VideoFrame frame in clip.RenderAsync(frames, cropRendered: null, TestContext.Current.CancellationToken))
        {
            Assert.Equal(frames[rendered.Count], frame.Index);
            rendered.Add(frame.Pixels.ToArray());
        }

        return rendered;
    }

    /// <summary>Reports on the thread that has something to report.</summary>
    private sealed class Immediate(Action<GenerationProgress> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value);
    }
}

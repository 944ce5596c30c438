using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Tests.Networks;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

/// <summary>
/// Sampling on the tiny network with the published noise levels, at which the steps go all the way from noise to motion. (The case
/// files' synthetic levels make steps so short that their motion is nearly their noise.)
/// </summary>
public sealed class SamplingPassTests : IDisposable
{
    private const int Steps = 3;
    private const int Emotion = 4;
    private const int None = 8;

    private static readonly MotionSamplingOptions TwoSteps = new() { Steps = 2 };

    // Tiny's audio encoder has two.
    private int Layers => network.AudioChannels / network.NullAudio!.Count;

    private readonly Device device = new CpuDevice();
    private readonly ParameterStore store;
    private readonly MotionGenerator network;

    public SamplingPassTests()
    {
        store = new ParameterStore(device);
        network = new MotionGenerator(new ParameterLoader(
            new AlteredWeights(new SyntheticWeights(WeightPreset.Tiny, "motion_generator"), "scheduler.sigmas", null), store));
    }

    public void Dispose()
    {
        store.Dispose();
        device.Dispose();
    }

    [Theory]
    [InlineData(1.7f, null)]
    [InlineData(1f, null)]
    [InlineData(1.2f, 8f)]
    [InlineData(1.7f, 0.5f)]
    [InlineData(1f, 4f)]
    public void All_steps_in_one_forward_are_the_steps_one_by_one(float guidanceScale, float? emotionScale)
    {
        float[] audio = Draw(1, network.Frames * network.AudioChannels);
        float[] previous = Draw(2, MotionLayout.Width);
        float[] noise = Draw(3, network.Frames * MotionLayout.Width);
        float[] keypoints = Draw(4, MotionLayout.KeypointLength);
        float[] motion = new float[noise.Length];
        var options = new MotionSamplingOptions { Steps = Steps, GuidanceScale = guidanceScale, EmotionScale = emotionScale };
        using SamplingPass sampler = Sampler(options, clips: 1);
        sampler.Run([Segment(audio, previous, noise, keypoints, Emotion, options, motion)], TestContext.Current.CancellationToken);

        float[] expected = [.. noise];
        var scheduler = new FlowMatchScheduler(Steps);
        float[] nullAudio = [.. Enumerable.Range(0, audio.Length).Select(i => network.NullAudio![i % network.NullAudio.Count])];
        for (int step = 0; step < Steps; step++)
        {
            float[] with = Velocity(scheduler.Timesteps[step], Emotion, audio, previous, expected, keypoints);
            float[] alone = Velocity(scheduler.Timesteps[step], Emotion, nullAudio, previous, expected, keypoints);
            float[] without = Velocity(scheduler.Timesteps[step], None, nullAudio, previous, expected, keypoints);
            float scale = emotionScale ?? guidanceScale;
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += scheduler.StepSize(step) * (without[i] + scale * (alone[i] - without[i]) + guidanceScale * (with[i] - alone[i]));
            }
        }

        Assert.True(RelativeError.Between(noise, expected) > 0.1, "the steps change the noise");
        Assert.InRange(RelativeError.Between(motion, expected), 0, 1e-5);
    }

    [Theory]
    [InlineData(Guidance.None)]
    [InlineData(Guidance.TwoWay)]
    [InlineData(Guidance.ThreeWay)]
    public void Segments_of_several_clips_are_those_that_are_sampled_alone(object guidance)
    {
        SegmentInput[] segments = [.. Enumerable.Range(0, 3).Select(clip => Drawn((ulong)clip, emotion: clip, TwoSteps with
        {
            GuidanceScale = guidance is Guidance.None ? 1 : 1.2f + clip,
            EmotionScale = guidance is Guidance.ThreeWay ? 3 + clip : null,
        }))];
        using SamplingPass single = Sampler(segments[0].Options, clips: 1);
        using SamplingPass four = Sampler(segments[0].Options, clips: 4);
        float[][] alone = [.. segments.Select(segment => Run(single, segment)[0])];

        float[][] together = Run(four, segments);
        float[][] reversed = Run(four, [.. segments.Reverse()]);

        Assert.Equal(alone, together);
        Assert.Equal(alone, reversed.Reverse());
        Assert.NotEqual(alone[0], alone[1]);
    }

    [Fact]
    public void Held_frames_stay_and_the_others_go_on_from_them()
    {
        const int HeldFrames = 30;
        float[] held = Draw(50, HeldFrames * MotionLayout.Width);
        SegmentInput free = Drawn(1, Emotion, TwoSteps);
        SegmentInput bound = Holding(free, held);
        using SamplingPass sampler = Sampler(TwoSteps, clips: 1);

        float[] unbound = Run(sampler, free)[0];
        float[] motion = Run(sampler, bound)[0];

        Assert.InRange(RelativeError.Between(motion.AsSpan(0, held.Length), held), 0, 1e-6);
        Assert.InRange(RelativeError.Between(motion.AsSpan(held.Length), unbound.AsSpan(held.Length)), 1e-5, 2);
        Assert.Equal(unbound, Run(sampler, free)[0]);
    }

    [Fact]
    public void A_held_segment_does_not_change_its_company()
    {
        SegmentInput free = Drawn(1, Emotion, TwoSteps);
        SegmentInput bound = Holding(Drawn(2, Emotion, TwoSteps), Draw(50, 7 * MotionLayout.Width));
        using SamplingPass single = Sampler(TwoSteps, clips: 1);
        using SamplingPass two = Sampler(TwoSteps, clips: 2);
        float[][] alone = [Run(single, free)[0], Run(single, bound)[0]];

        Assert.Equal(alone, Run(two, free, bound));
        Assert.Equal(alone.Reverse(), Run(two, bound, free));
    }

    [Fact]
    public async Task Audio_may_come_in_pieces_of_any_length()
    {
        const int Frames = 150;
        float[] tokens = Draw(5, Frames * network.Channels);

        MotionSequence whole = await Sample(tokens, [Frames]);
        MotionSequence pieces = await Sample(tokens, [1, 99, 44, 6]);

        Assert.Equal(Frames, whole.Frames);
        Assert.Equal(whole.Values, pieces.Values);
    }

    [Fact]
    public void Another_audio_encoder_is_refused()
    {
        using var tokenizer = new AudioTokenPass(device, network, frames: 10);

        ArgumentException error = Assert.Throws<ArgumentException>(() => tokenizer.Embed(new float[90], audioChannels: 9));

        Assert.Contains($"9 channels, the motion generator needs {network.AudioChannels}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_audio_is_refused() => await Assert.ThrowsAsync<ArgumentException>(() => Sample([], []));

    [Fact]
    public void A_checkpoint_without_null_audio_gets_one_drawn_and_says_so()
    {
        using var ownStore = new ParameterStore(device);
        var bare = new MotionGenerator(new ParameterLoader(
            new AlteredWeights(new SyntheticWeights(WeightPreset.Tiny, "motion_generator"), "null_audio_feat", null), ownStore));

        NullAudio drawn = NullAudio.Of(bare, Layers);

        Assert.True(drawn.IsDrawn);
        Assert.False(NullAudio.Of(network, Layers).IsDrawn);
        Assert.Equal(network.AudioChannels, drawn.Frame.Length);
        Assert.Throws<ArgumentException>(() => NullAudio.Of(network, Layers + 1));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4f)]
    public void A_cancelled_segment_stops_and_the_next_one_is_right(float? emotionScale)
    {
        MotionSamplingOptions options = TwoSteps with { EmotionScale = emotionScale };
        using SamplingPass sampler = Sampler(options, clips: 1);
        SegmentInput segment = Drawn(1, Emotion, options);
        float[] expected = Run(sampler, segment)[0];
        SegmentInput other = Drawn(2, Emotion - 1, options);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => sampler.Run([other], cancellation.Token));

        Assert.Equal(expected, Run(sampler, segment)[0]);
    }

    private static float[] Draw(ulong stream, int count)
    {
        float[] values = new float[count];
        new PhiloxNormal(Seed: 5, stream).Fill(values);
        return values;
    }

    private static float[][] Run(SamplingPass sampler, params SegmentInput[] segments)
    {
        sampler.Run(segments, TestContext.Current.CancellationToken);
        return [.. segments.Select(segment => segment.Motion.ToArray())];
    }

    private SamplingPass Sampler(MotionSamplingOptions options, int clips) =>
        new(device, network, NullAudio.Of(network, Layers), SamplingKind.Of(options, Emotion), clips);

    private SegmentInput Drawn(ulong stream, int emotion, MotionSamplingOptions options) => Segment(
        Draw(10 + stream, network.Frames * network.AudioChannels),
        Draw(20 + stream, MotionLayout.Width),
        Draw(30 + stream, network.Frames * MotionLayout.Width),
        Draw(40 + stream, MotionLayout.KeypointLength),
        emotion,
        options,
        new float[network.Frames * MotionLayout.Width]);

    private static SegmentInput Holding(SegmentInput segment, float[] held) => new()
    {
        Options = segment.Options,
        Emotion = segment.Emotion,
        Keypoints = segment.Keypoints,
        AudioTokens = segment.AudioTokens,
        PreviousMotion = segment.PreviousMotion,
        Held = held,
        Noise = segment.Noise,
        Motion = new float[segment.Motion.Length],
    };

    private SegmentInput Segment(
        float[] audio, float[] previous, float[] noise, float[] keypoints, int emotion, MotionSamplingOptions options, float[] motion)
    {
        using var tokenizer = new AudioTokenPass(device, network, network.Frames);
        return new SegmentInput
        {
            Options = options,
            Emotion = emotion,
            Keypoints = keypoints,
            AudioTokens = tokenizer.Embed(audio, network.AudioChannels).Values,
            PreviousMotion = previous,
            Noise = noise,
            Motion = motion,
        };
    }

    private async Task<MotionSequence> Sample(float[] tokens, int[] lengths)
    {
        using var sampler = new DirectSegmentSampler(device, network, NullAudio.Of(network, Layers), SamplingKind.Of(TwoSteps, Emotion));
        var clip = new ClipSampler(sampler, AudioTokenPass.PaddingToken(device, network));
        var conditions = new MotionRequest
        {
            Options = TwoSteps,
            Emotion = Emotion,
            Keypoints = Draw(6, MotionLayout.KeypointLength),
            PreviousMotion = Draw(7, MotionLayout.Width),
            Noise = NoiseSources.Philox(11),
        };
        var pieces = new List<MotionSequence>();
        await foreach (MotionSequence piece in clip.SampleAsync(
            Pieces(tokens, lengths), conditions, cancellationToken: TestContext.Current.CancellationToken))
        {
            pieces.Add(piece);
        }

        return MotionSequence.Join(pieces);
    }

    private async IAsyncEnumerable<AudioTokens> Pieces(float[] tokens, int[] lengths)
    {
        int start = 0;
        foreach (int length in lengths)
        {
            await Task.Yield();
            yield return new AudioTokens(tokens.AsSpan(start * network.Channels, length * network.Channels).ToArray(), length);
            start += length;
        }
    }

    // One call of the network with a batch of one.
    private float[] Velocity(float timestep, int emotion, float[] audio, float[] previous, float[] sample, float[] keypoints)
    {
        using var pass = new ForwardPass<(MotionConditioning Conditioning, Tensor Audio, Tensor Motion, Tensor Velocity)>(device, workspace =>
        {
            MotionConditioning conditioning = network.Condition(workspace, steps: 1, batch: 1);
            Tensor audioPort = workspace.Allocate(network.Frames, 1, network.AudioChannels);
            Tensor motion = workspace.Allocate(network.Frames, 1, 2 * MotionLayout.Width);
            return (conditioning, audioPort, motion, network.Velocity(workspace, motion, network.EmbedAudio(workspace, audioPort), conditioning, 0));
        });
        float[] features = new float[network.TimeFeatures];
        TimestepEmbedding.Compute(timestep, features);
        device.Write(features, pass.Ports.Conditioning.TimeFeatures);
        device.Write(network.EmotionEmbedding(emotion), pass.Ports.Conditioning.Emotion);
        device.Write(keypoints, pass.Ports.Conditioning.Keypoints);
        device.Write(audio, pass.Ports.Audio);
        for (int frame = 0; frame < network.Frames; frame++)
        {
            Tensor row = pass.Ports.Motion.Slice(frame, 1);
            device.Write(previous, row.ChannelSlice(0, MotionLayout.Width));
            device.Write(sample.AsSpan(frame * MotionLayout.Width, MotionLayout.Width), row.ChannelSlice(MotionLayout.Width, MotionLayout.Width));
        }

        pass.Run(TestContext.Current.CancellationToken);
        float[] velocity = new float[sample.Length];
        device.Read(pass.Ports.Velocity, velocity);
        return velocity;
    }
}

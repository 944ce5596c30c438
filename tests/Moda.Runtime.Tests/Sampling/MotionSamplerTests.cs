using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Sampling;
using Moda.Runtime.Tests.Networks;
using Moda.Tests;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

/// <summary>
/// Sampling on the tiny network with the published noise levels, at which the steps go all the way from noise to motion. (The case
/// files' synthetic levels make steps so short that their motion is nearly their noise.)
/// </summary>
public sealed class MotionSamplerTests : IDisposable
{
    private const int Steps = 3;
    private const int Emotion = 4;
    private const int None = 8;

    private readonly Device device = new CpuDevice();
    private readonly ParameterStore store;
    private readonly MotionGenerator network;

    public MotionSamplerTests()
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
    [InlineData(1.7f)]
    [InlineData(1f)]
    public void All_steps_in_one_forward_are_the_steps_one_by_one(float guidanceScale)
    {
        float[] audio = Draw(1, network.Frames * network.AudioChannels);
        float[] previous = Draw(2, MotionLayout.Width);
        float[] noise = Draw(3, network.Frames * MotionLayout.Width);
        float[] keypoints = Draw(4, MotionLayout.KeypointLength);
        float[] motion = new float[noise.Length];
        using var sampler = new MotionSampler(device, network, new MotionSamplingOptions { Steps = Steps, GuidanceScale = guidanceScale });
        sampler.BeginClip(Emotion, keypoints, TestContext.Current.CancellationToken);
        sampler.SampleSegment(audio, previous, noise, motion, TestContext.Current.CancellationToken);

        float[] expected = [.. noise];
        var scheduler = new FlowMatchScheduler(Steps);
        float[] nullAudio = [.. Enumerable.Range(0, audio.Length).Select(i => network.NullAudio![i % network.NullAudio.Count])];
        for (int step = 0; step < Steps; step++)
        {
            float[] with = Velocity(scheduler.Timesteps[step], Emotion, audio, previous, expected, keypoints);
            float[] without = Velocity(scheduler.Timesteps[step], None, nullAudio, previous, expected, keypoints);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += scheduler.StepSize(step) * (without[i] + guidanceScale * (with[i] - without[i]));
            }
        }

        Assert.True(RelativeError.Between(noise, expected) > 0.1, "the steps change the noise");
        Assert.InRange(RelativeError.Between(motion, expected), 0, 1e-5);
    }

    [Fact]
    public async Task Audio_may_come_in_pieces_of_any_length()
    {
        const int Frames = 150;
        float[] audio = Draw(5, Frames * network.AudioChannels);
        using var sampler = new MotionSampler(device, network, new MotionSamplingOptions { Steps = 2 });
        var conditions = new ClipConditions(Emotion, Draw(6, MotionLayout.KeypointLength), Draw(7, MotionLayout.Width));

        MotionSequence whole = await Sample(sampler, conditions, audio, [Frames]);
        MotionSequence pieces = await Sample(sampler, conditions, audio, [1, 99, 44, 6]);

        Assert.Equal(Frames, whole.Frames);
        Assert.Equal(whole.Values, pieces.Values);
    }

    [Fact]
    public async Task Another_audio_encoder_is_refused()
    {
        using var sampler = new MotionSampler(device, network, new MotionSamplingOptions { Steps = 2 });
        var conditions = new ClipConditions(Emotion, new float[MotionLayout.KeypointLength], new float[MotionLayout.Width]);

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => new ClipSampler(sampler).SampleAsync(
            Pieces(new float[90], 10, [10]), conditions, NoiseSources.Philox(0), null, TestContext.Current.CancellationToken));

        Assert.Contains($"9 channels, the motion generator needs {network.AudioChannels}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_audio_is_refused()
    {
        using var sampler = new MotionSampler(device, network, new MotionSamplingOptions { Steps = 2 });
        var conditions = new ClipConditions(Emotion, new float[MotionLayout.KeypointLength], new float[MotionLayout.Width]);

        await Assert.ThrowsAsync<ArgumentException>(() => new ClipSampler(sampler).SampleAsync(
            Pieces([], 0, []), conditions, NoiseSources.Philox(0), null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_checkpoint_without_null_audio_gets_one_drawn_and_says_so()
    {
        using var ownStore = new ParameterStore(device);
        var bare = new MotionGenerator(new ParameterLoader(
            new AlteredWeights(new SyntheticWeights(WeightPreset.Tiny, "motion_generator"), "null_audio_feat", null), ownStore));

        using var drawn = new MotionSampler(device, bare, new MotionSamplingOptions { Steps = 2 });
        using var stored = new MotionSampler(device, network, new MotionSamplingOptions { Steps = 2 });

        Assert.True(drawn.NullAudioIsDrawn);
        Assert.False(stored.NullAudioIsDrawn);
    }

    [Fact]
    public void A_cancelled_segment_stops()
    {
        using var sampler = new MotionSampler(device, network, new MotionSamplingOptions { Steps = 2 });
        float[] motion = new float[network.Frames * MotionLayout.Width];
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => sampler.SampleSegment(
            new float[network.Frames * network.AudioChannels], new float[MotionLayout.Width], motion, motion, cancellation.Token));
    }

    private static Task<MotionSequence> Sample(MotionSampler sampler, ClipConditions conditions, float[] audio, int[] lengths) =>
        new ClipSampler(sampler).SampleAsync(
            Pieces(audio, lengths.Sum(), lengths), conditions, NoiseSources.Philox(11), null, TestContext.Current.CancellationToken);

    private static async IAsyncEnumerable<AudioEmbedding> Pieces(float[] audio, int frames, int[] lengths)
    {
        int start = 0;
        foreach (int length in lengths)
        {
            await Task.Yield();
            int channels = audio.Length / frames;
            yield return new AudioEmbedding(audio.AsSpan(start * channels, length * channels).ToArray(), length);
            start += length;
        }
    }

    private static float[] Draw(ulong stream, int count)
    {
        float[] values = new float[count];
        new PhiloxNormal(Seed: 5, stream).Fill(values);
        return values;
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

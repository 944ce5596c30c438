using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>A portrait encoded once and rendered in batches, with tiny weights.</summary>
public sealed class FrameRendererTests : IDisposable
{
    private const int KeypointElements = 63;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly CpuDevice device = new();
    private readonly ParameterStore store;
    private readonly WarpingNetwork warping;
    private readonly SpadeGenerator generator;
    private readonly SourceFace face;

    public FrameRendererTests()
    {
        store = new ParameterStore(device);
        warping = new WarpingNetwork(Parameters("warping_module"));
        generator = new SpadeGenerator(Parameters("spade_generator"));
        var encoder = new SourceEncoder(
            device, new AppearanceExtractor(Parameters("appearance_feature_extractor")), new MotionExtractor(Parameters("motion_extractor")));
        face = encoder.Encode(Random(256 * 256 * 3, seed: 1), 256, 256, Token);
    }

    [Fact]
    public void A_batch_gives_the_frames_that_single_frames_give()
    {
        float[] source = Random(KeypointElements, seed: 2);
        float[] driving = Random(3 * KeypointElements, seed: 3);
        using FrameRenderer single = Renderer(batchSize: 1);
        using FrameRenderer pair = Renderer(batchSize: 2);
        single.SetSource(face, source);
        pair.SetSource(face, source);
        int frameBytes = single.FrameHeight * single.FrameWidth * 3;
        byte[] expected = new byte[3 * frameBytes];
        byte[] actual = new byte[3 * frameBytes];

        for (int frame = 0; frame < 3; frame++)
        {
            single.Render(driving.AsSpan(frame * KeypointElements, KeypointElements), expected.AsSpan(frame * frameBytes, frameBytes), Token);
        }

        pair.Render(driving.AsSpan(0, 2 * KeypointElements), actual.AsSpan(0, 2 * frameBytes), Token);
        pair.Render(driving.AsSpan(2 * KeypointElements), actual.AsSpan(2 * frameBytes), Token);

        Assert.Equal(512, single.FrameHeight);
        Assert.Equal(expected, actual);
        Assert.NotEqual(expected[..frameBytes], expected[frameBytes..(2 * frameBytes)]);
    }

    [Fact]
    public void A_new_source_changes_the_frames_and_the_old_one_brings_them_back()
    {
        float[] driving = Random(KeypointElements, seed: 3);
        using FrameRenderer renderer = Renderer(batchSize: 1);
        byte[][] frames = [.. Enumerable.Range(0, 3).Select(_ => new byte[renderer.FrameHeight * renderer.FrameWidth * 3])];

        for (int i = 0; i < 3; i++)
        {
            renderer.SetSource(face, Random(KeypointElements, seed: i == 1 ? 5 : 2));
            renderer.Render(driving, frames[i], Token);
        }

        Assert.NotEqual(frames[0], frames[1]);
        Assert.Equal(frames[0], frames[2]);
    }

    [Fact]
    public void A_frame_allocates_nothing()
    {
        float[] driving = Random(KeypointElements, seed: 3);
        using FrameRenderer renderer = Renderer(batchSize: 1);
        byte[] frame = new byte[renderer.FrameHeight * renderer.FrameWidth * 3];
        renderer.SetSource(face, driving);
        renderer.Render(driving, frame, Token);

        long before = GC.GetAllocatedBytesForCurrentThread();
        renderer.Render(driving, frame, Token);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Wrong_use_is_an_error_that_says_what_is_needed()
    {
        using FrameRenderer renderer = Renderer(batchSize: 1);
        byte[] frame = new byte[renderer.FrameHeight * renderer.FrameWidth * 3];
        float[] keypoints = new float[KeypointElements];

        Assert.Contains(
            nameof(FrameRenderer.SetSource), Assert.Throws<InvalidOperationException>(() => renderer.Render(keypoints, frame, Token)).Message);
        renderer.SetSource(face, keypoints);
        Assert.Contains("63", Assert.Throws<ArgumentException>(() => renderer.Render(keypoints.AsSpan(1), frame, Token)).Message);
        Assert.Throws<ArgumentException>(() => renderer.Render(keypoints, frame.AsSpan(1), Token));
        Assert.Throws<ArgumentException>(() => renderer.Render(new float[2 * KeypointElements], new byte[2 * frame.Length], Token));
    }

    [Fact]
    public void A_cancelled_batch_stops()
    {
        using FrameRenderer renderer = Renderer(batchSize: 1);
        renderer.SetSource(face, Random(KeypointElements, seed: 2));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => renderer.Render(
            new float[KeypointElements], new byte[renderer.FrameHeight * renderer.FrameWidth * 3], cancellation.Token));
    }

    public void Dispose()
    {
        face.Dispose();
        store.Dispose();
        device.Dispose();
    }

    private FrameRenderer Renderer(int batchSize) =>
        new(device, warping, generator, face.Volume.Shape, KeypointElements / 3, batchSize);

    private ParameterLoader Parameters(string module) => new(new SyntheticWeights(WeightPreset.Tiny, module), store);

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }
}

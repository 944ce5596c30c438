using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Weights;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Portraits encoded once and rendered in batches, with tiny weights.</summary>
public sealed class FramePassTests : IDisposable
{
    private const int KeypointElements = 63;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly CpuDevice device = new();
    private readonly ParameterStore store;
    private readonly WarpingNetwork warping;
    private readonly SpadeGenerator generator;
    private readonly SourcePass encoder;
    private readonly SourceFace face;
    private readonly SourceFace other;

    public FramePassTests()
    {
        store = new ParameterStore(device);
        warping = new WarpingNetwork(Parameters("warping_module"));
        generator = new SpadeGenerator(Parameters("spade_generator"));
        encoder = new SourcePass(
            device,
            new AppearanceExtractor(Parameters("appearance_feature_extractor")),
            new MotionExtractor(Parameters("motion_extractor")),
            warping);
        face = encoder.Encode(Random(256 * 256 * 3, seed: 1), 256, 256, Token);
        other = encoder.Encode(Random(256 * 256 * 3, seed: 11), 256, 256, Token);
    }

    [Fact]
    public void Frames_of_two_portraits_in_one_batch_are_those_that_are_rendered_alone()
    {
        (SourceFace Face, int Source, int Driving)[] wanted = [(face, 2, 3), (other, 4, 5), (face, 2, 6)];
        using FramePass renderer = Renderer(batchSize: 4);
        byte[][] alone = [.. wanted.Select(frame => Render(renderer, frame)[0])];

        byte[][] together = Render(renderer, wanted);
        byte[][] reversed = Render(renderer, [.. wanted.Reverse()]);

        Assert.Equal(512, renderer.FrameHeight);
        Assert.Equal(alone, together);
        Assert.Equal(alone, reversed.Reverse());
        Assert.Equal(3, alone.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_batch_of_one_plans_for_what_it_carries()
    {
        using FramePass renderer = Renderer(batchSize: 1);

        Assert.Equal([1], renderer.PlannedSizes);
        Assert.Equal(Render(renderer, (face, 2, 3)), Render(renderer, (face, 2, 3)));
    }

    [Theory]
    [InlineData(6, new[] { 6, 4, 2, 1 })]
    [InlineData(8, new[] { 8, 4, 2, 1 })]
    [InlineData(3, new[] { 3, 2, 1 })]
    [InlineData(2, new[] { 2, 1 })]
    public void Smaller_batches_are_planned_by_powers_of_two(int batchSize, int[] sizes)
    {
        using FramePass renderer = Renderer(batchSize);

        Assert.Equal(sizes, renderer.PlannedSizes);
    }

    [Fact]
    public void Another_portrait_at_a_place_changes_its_frame_and_the_first_brings_it_back()
    {
        using FramePass renderer = Renderer(batchSize: 1);

        byte[] first = Render(renderer, (face, 2, 3))[0];
        byte[] second = Render(renderer, (other, 2, 3))[0];
        byte[] third = Render(renderer, (face, 2, 3))[0];

        Assert.NotEqual(first, second);
        Assert.Equal(first, third);
    }

    [Fact]
    public void A_frame_allocates_nothing()
    {
        float[] keypoints = Random(KeypointElements, seed: 3);
        using FramePass renderer = Renderer(batchSize: 1);
        byte[] frame = new byte[renderer.FrameBytes];
        RenderOne();

        long before = GC.GetAllocatedBytesForCurrentThread();
        RenderOne();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void RenderOne()
        {
            renderer.Set(0, face, keypoints, keypoints);
            renderer.Render(1, CancellationToken.None);
            renderer.Read(0, frame);
        }
    }

    [Fact]
    public void Wrong_use_is_an_error_that_says_what_is_needed()
    {
        using FramePass renderer = Renderer(batchSize: 2);
        float[] keypoints = new float[KeypointElements];

        Assert.Contains(nameof(FramePass.Set), Assert.Throws<InvalidOperationException>(() => renderer.Render(1, Token)).Message);
        renderer.Set(0, face, keypoints, keypoints);
        Assert.Contains("place 1", Assert.Throws<InvalidOperationException>(() => renderer.Render(2, Token)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => renderer.Render(0, Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => renderer.Render(3, Token));
    }

    [Fact]
    public void A_cancelled_batch_stops()
    {
        using FramePass renderer = Renderer(batchSize: 1);
        float[] keypoints = Random(KeypointElements, seed: 2);
        renderer.Set(0, face, keypoints, keypoints);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => renderer.Render(1, cancellation.Token));
    }

    public void Dispose()
    {
        face.Dispose();
        other.Dispose();
        encoder.Dispose();
        store.Dispose();
        device.Dispose();
    }

    private static byte[][] Render(FramePass renderer, params (SourceFace Face, int Source, int Driving)[] frames)
    {
        for (int place = 0; place < frames.Length; place++)
        {
            renderer.Set(
                place, frames[place].Face, Random(KeypointElements, frames[place].Source), Random(KeypointElements, frames[place].Driving));
        }

        renderer.Render(frames.Length, Token);
        byte[][] rendered = [.. frames.Select(_ => new byte[renderer.FrameBytes])];
        for (int place = 0; place < frames.Length; place++)
        {
            renderer.Read(place, rendered[place]);
        }

        return rendered;
    }

    private FramePass Renderer(int batchSize) =>
        new(device, warping, generator, face.Volume.Shape, KeypointElements / 3, batchSize);

    private ParameterLoader Parameters(string module) => new(new SyntheticWeights(WeightPreset.Tiny, module), store);

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }
}

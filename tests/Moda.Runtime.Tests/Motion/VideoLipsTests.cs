using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

/// <summary>Frames that are driven one by one, as a dub does it, against the reference, which drives the whole video.</summary>
public sealed class VideoLipsTests : IDisposable
{
    private static readonly DrivingOptions Usual = new DubbingOptions().Generation.Driving;

    private readonly ReferenceCase reference = ReferenceCase.Open(TestData.Case("lip_sync_video.tiny"));
    private readonly Device device = new CpuDevice(threadCount: 1);
    private readonly StitchingNetworks networks;

    public VideoLipsTests() => networks = new StitchingNetworks(device, reference);

    public void Dispose()
    {
        networks.Dispose();
        device.Dispose();
        reference.Dispose();
    }

    [Theory]
    [InlineData("default")]
    [InlineData("mix")]
    [InlineData("no_stitching")]
    [InlineData("smoother")]
    [InlineData("multiplier")]
    public void Frames_that_are_driven_one_by_one_are_those_of_the_reference(string variant)
    {
        DrivingOptions options = variant switch
        {
            "no_stitching" => Usual with { Stitching = false },
            "smoother" => Usual with { ObservationVariance = 1e-5 },
            "multiplier" => Usual with { Multiplier = 1.3f },
            _ => Usual,
        };
        MotionTemplate video = MotionInputs.Template(reference.Output, "source");
        TimeSpan[] times = [.. Enumerable.Range(0, video.Frames).Select(frame => TimeSpan.FromMilliseconds(40 * frame))];

        var lips = VideoLips.At(MotionInputs.Sequence(reference, "audio"), times, options, networks.Pass);
        float[] keypoints = [.. Enumerable.Range(0, video.Frames).SelectMany(frame => lips.Drive(frame, Source(video, frame)).ToArray())];

        float[] expected = reference.Output($"x_d.{variant}").Values;
        Assert.Equal(video.Frames, lips.Frames);
        Assert.InRange(ParityResult.Compare("x_d", keypoints, expected, stride: 1, tolerance: 0).RelativeError, 0, 2e-6);
    }

    [Fact]
    public void Lips_are_resampled_by_time()
    {
        MotionSequence motion = Ramp(frames: 5);
        TimeSpan[] times = [.. new[] { 0, 10, 20, 40, 70, 160, 500 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];
        var still = new SourceKeypoints(new float[63], new float[63], default, 1, default);

        var lips = VideoLips.At(motion, times, Usual with { Stitching = false, Smoothing = MotionSmoothing.None }, stitching: null);

        // The lips' values are the number of the frame of motion; behind the last one they stay.
        double[] expected = [0, 0.25, 0.5, 1, 1.75, 4, 4];
        Assert.All(expected, (value, frame) => Assert.Equal(value, lips.Drive(frame, still).Span[3 * FaceKeypoints.Lip[0]], 1e-5));
    }

    private static SourceKeypoints Source(MotionTemplate video, int frame) => new(
        video.CanonicalKeypoints.Slice(63 * frame, 63),
        video.Expressions.Slice(63 * frame, 63),
        video.Rotation(frame).ToPose(),
        video.Scale(frame),
        new(video.Translations.Span.Slice(3 * frame, 3)));

    private static MotionSequence Ramp(int frames)
    {
        float[] values = new float[frames * MotionLayout.Width];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i / MotionLayout.Width;
        }

        return new MotionSequence(values);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity.Cases;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class DrivingTests : IDisposable
{
    private readonly ReferenceCase reference = ReferenceCase.Open(TestData.Case("driving"));
    private readonly Device device = new CpuDevice(threadCount: 1);
    private readonly StitchingNetworks networks;

    public DrivingTests() => networks = new StitchingNetworks(device, reference);

    public void Dispose()
    {
        networks.Dispose();
        device.Dispose();
        reference.Dispose();
    }

    [Fact]
    public void Closed_lips_are_left_alone()
    {
        DrivingOptions options = new() { RelativeMotion = true };

        DrivingKeypoints plain = Drive(options);
        DrivingKeypoints normalized = Drive(options with { NormalizeLip = true, OpenLipRatio = 1 });

        Assert.Equal(plain.Values, normalized.Values);
    }

    [Theory]
    [InlineData(0.18f, false)]
    [InlineData(10f, true)]
    public void Eyes_are_brought_to_one_opening(float closedRatio, bool opened)
    {
        Vector2 openings = FaceOpenness.Eyes(Landmarks());
        float mean = (openings.X + openings.Y) / 2;
        Assert.True(mean > 0.18f);
        float[] delta = new float[63];
        networks.Pass.RetargetEyes(
            [.. MotionInputs.Source(reference).Transform(), openings.X, openings.Y, opened ? 0.39f : mean], delta);

        DrivingKeypoints plain = Drive(new DrivingOptions());
        DrivingKeypoints normalized = Drive(new DrivingOptions { NormalizeEyes = true, ClosedEyeRatio = closedRatio });

        for (int i = 0; i < plain.Values.Length; i++)
        {
            Assert.Equal(plain.Values[i] + delta[i % 63], normalized.Values[i], 1e-6f);
        }
    }

    [Fact]
    public void Kalman_smoothing_leaves_steady_motion_alone_and_calms_jitter()
    {
        float[] steady = new float[40 * MotionLayout.Width];
        for (int frame = 0; frame < 40; frame++)
        {
            MotionInputs.Sequence(reference)[0].CopyTo(steady.AsSpan(frame * MotionLayout.Width));
        }
        float[] jittery = [.. steady];
        for (int frame = 0; frame < 40; frame++)
        {
            jittery[frame * MotionLayout.Width + MotionLayout.Yaw] += frame % 2 == 0 ? 0.05f : -0.05f;
        }
        DrivingOptions none = new() { Stitching = false };
        DrivingOptions kalman = none with { Smoothing = MotionSmoothing.Kalman };
        SourceKeypoints source = MotionInputs.Source(reference);
        float[] Driven(DrivingOptions options, float[] motion) =>
            new KeypointDriver(options, null).Drive(source, new MotionSequence(motion)).Values.ToArray();

        Assert.InRange(RelativeError.Between(Driven(kalman, steady), Driven(none, steady)), 0, 1e-6);
        double before = RelativeError.Between(Driven(none, jittery), Driven(none, steady));
        double after = RelativeError.Between(Driven(kalman, jittery), Driven(none, steady));
        Assert.True(after < before, $"{after} against {before}");
    }

    [Fact]
    public void Rows_beyond_a_batch_are_stitched_as_those_within_it()
    {
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionSequence motion = MotionInputs.Sequence(reference);
        float[] repeated = [.. Enumerable.Range(0, 9).SelectMany(_ => motion.Values.ToArray())];

        DrivingKeypoints once = Drive(new DrivingOptions());
        DrivingKeypoints driven = new KeypointDriver(new DrivingOptions(), networks.Pass).Drive(source, new MotionSequence(repeated));

        Assert.Equal(9 * 12, driven.Frames);
        for (int frame = 0; frame < driven.Frames; frame++)
        {
            Assert.InRange(RelativeError.Between(driven[frame], once[frame % 12]), 0, 1e-6);
        }
        Assert.Throws<ArgumentException>(() => networks.Pass.Stitch(new float[126], new float[66]));
    }

    [Theory]
    [InlineData(false, MotionSmoothing.None)]
    [InlineData(true, MotionSmoothing.None)]
    [InlineData(true, MotionSmoothing.ExponentialMovingAverage)]
    public void Pieces_of_a_template_are_driven_as_the_whole(bool relative, MotionSmoothing smoothing)
    {
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionTemplate motion = MotionInputs.Sequence(reference).ToTemplate(25);
        KeypointDriver driver = new(DrivingOptions.ForVideo with { RelativeMotion = relative, Smoothing = smoothing }, networks.Pass);

        float[] whole = driver.Drive(source, motion).Values.ToArray();
        PortraitAnimation animation = driver.Begin(source);
        float[] pieces = [.. animation.Drive(motion.Slice(0, 5)).Values, .. animation.Drive(motion.Slice(5, motion.Frames - 5)).Values];

        Assert.InRange(RelativeError.Between(pieces, whole), 0, 1e-6);
    }

    [Fact]
    public void No_motion_drives_no_frames()
    {
        KeypointDriver driver = new(new DrivingOptions(), networks.Pass);

        Assert.Equal(0, driver.Drive(MotionInputs.Source(reference), new MotionSequence([])).Frames);
    }

    [Fact]
    public void Options_that_need_networks_are_refused_without_them()
    {
        Assert.Throws<ArgumentException>(() => new KeypointDriver(new DrivingOptions(), null));
        Assert.Throws<ArgumentException>(() => new KeypointDriver(new DrivingOptions { Stitching = false, NormalizeLip = true }, null));
    }

    private DrivingKeypoints Drive(DrivingOptions options) =>
        new KeypointDriver(options, networks.Pass)
            .Drive(MotionInputs.Source(reference), MotionInputs.Sequence(reference), Landmarks());

    private Vector2[] Landmarks() =>
        MemoryMarshal.Cast<float, Vector2>(reference.Input("landmarks203").Values).ToArray();
}

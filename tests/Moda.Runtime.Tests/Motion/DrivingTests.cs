using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Runtime.Motion;
using Moda.Tests;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class DrivingTests
{
    public static TheoryData<string, DrivingOptions> Variants => new()
    {
        { "default", new() },
        { "no_stitching", new() { Stitching = false } },
        { "smooth", new() { Smoothing = MotionSmoothing.ExponentialMovingAverage } },
        { "region_exp", new() { Region = AnimationRegion.Expression } },
        { "region_pose", new() { Region = AnimationRegion.Pose } },
        { "region_lip", new() { Region = AnimationRegion.Lip } },
        { "region_eyes", new() { Region = AnimationRegion.Eyes } },
        { "relative", new() { RelativeMotion = true } },
        { "relative_pose_friendly", new() { RelativeMotion = true, ExpressionFriendly = false } },
        { "multiplier", new() { Multiplier = 1.4f } },
        { "relative_normalize_lip", new() { RelativeMotion = true, NormalizeLip = true } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_is_the_reference_s(string name, DrivingOptions options)
    {
        using SafetensorsFile file = MotionCase.Open("driving");

        DrivingKeypoints driven = Drive(file, options);

        float[] expected = file.ReadFloat32($"output.x_d.{name}");
        Assert.InRange(RelativeError.Between(driven.Values, expected), 0, 1e-6);
    }

    [Fact]
    public void Source_keypoints_are_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("driving");

        Assert.InRange(RelativeError.Between(MotionCase.Source(file).Transform(), file.ReadFloat32("output.x_s")), 0, 1e-6);
    }

    [Fact]
    public void The_cases_cover_every_variant()
    {
        using SafetensorsFile file = MotionCase.Open("driving");

        IEnumerable<string> names = file.Names.Where(name => name.StartsWith("output.x_d.")).Select(name => name["output.x_d.".Length..]);

        Assert.Equal(names.Order(), Variants.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    public void Closed_lips_are_left_alone()
    {
        using SafetensorsFile file = MotionCase.Open("driving");
        DrivingOptions options = new() { RelativeMotion = true };

        DrivingKeypoints plain = Drive(file, options);
        DrivingKeypoints normalized = Drive(file, options with { NormalizeLip = true, OpenLipRatio = 1 });

        Assert.Equal(plain.Values, normalized.Values);
    }

    [Theory]
    [InlineData(0.18f, false)]
    [InlineData(10f, true)]
    public void Eyes_are_brought_to_one_opening(float closedRatio, bool opened)
    {
        using SafetensorsFile file = MotionCase.Open("driving");
        Vector2 openings = FaceOpenness.Eyes(Landmarks(file));
        float mean = (openings.X + openings.Y) / 2;
        Assert.True(mean > 0.18f);
        float[] delta = new float[63];
        new SyntheticStitching().RetargetEyes(
            [.. MotionCase.Source(file).Transform(), openings.X, openings.Y, opened ? 0.39f : mean], delta);

        DrivingKeypoints plain = Drive(file, new DrivingOptions());
        DrivingKeypoints normalized = Drive(file, new DrivingOptions { NormalizeEyes = true, ClosedEyeRatio = closedRatio });

        for (int i = 0; i < plain.Values.Length; i++)
        {
            Assert.Equal(plain.Values[i] + delta[i % 63], normalized.Values[i], 1e-6f);
        }
    }

    [Fact]
    public void Kalman_smoothing_leaves_steady_motion_alone_and_calms_jitter()
    {
        using SafetensorsFile file = MotionCase.Open("driving");
        float[] steady = new float[40 * MotionLayout.Width];
        for (int frame = 0; frame < 40; frame++)
        {
            MotionCase.Sequence(file, "input.sequence")[0].CopyTo(steady.AsSpan(frame * MotionLayout.Width));
        }
        float[] jittery = [.. steady];
        for (int frame = 0; frame < 40; frame++)
        {
            jittery[frame * MotionLayout.Width + MotionLayout.Yaw] += frame % 2 == 0 ? 0.05f : -0.05f;
        }
        DrivingOptions none = new() { Stitching = false };
        DrivingOptions kalman = none with { Smoothing = MotionSmoothing.Kalman };
        SourceKeypoints source = MotionCase.Source(file);
        float[] Driven(DrivingOptions options, float[] motion) =>
            new KeypointDriver(options, null).Drive(source, new MotionSequence(motion)).Values.ToArray();

        Assert.InRange(RelativeError.Between(Driven(kalman, steady), Driven(none, steady)), 0, 1e-6);
        double before = RelativeError.Between(Driven(none, jittery), Driven(none, steady));
        double after = RelativeError.Between(Driven(kalman, jittery), Driven(none, steady));
        Assert.True(after < before, $"{after} against {before}");
    }

    [Fact]
    public void No_motion_drives_no_frames()
    {
        using SafetensorsFile file = MotionCase.Open("driving");
        KeypointDriver driver = new(new DrivingOptions(), new SyntheticStitching());

        Assert.Equal(0, driver.Drive(MotionCase.Source(file), new MotionSequence([])).Frames);
    }

    [Fact]
    public void Options_that_need_networks_are_refused_without_them()
    {
        Assert.Throws<ArgumentException>(() => new KeypointDriver(new DrivingOptions(), null));
        Assert.Throws<ArgumentException>(() => new KeypointDriver(new DrivingOptions { Stitching = false, NormalizeLip = true }, null));
    }

    private static DrivingKeypoints Drive(SafetensorsFile file, DrivingOptions options) =>
        new KeypointDriver(options, new SyntheticStitching())
            .Drive(MotionCase.Source(file), MotionCase.Sequence(file, "input.sequence"), Landmarks(file));

    private static Vector2[] Landmarks(SafetensorsFile file) =>
        MemoryMarshal.Cast<float, Vector2>(file.ReadFloat32("input.landmarks203")).ToArray();
}

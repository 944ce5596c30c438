using System.Numerics;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Tests;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class MotionMathTests
{
    private const double Tolerance = 1e-6;

    [Fact]
    public void Source_keypoints_are_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("motion_math");
        SourceKeypoints source = MotionCase.Source(file);

        Assert.Equal(file.ReadFloat32("output.refined.pitch")[0], source.Pose.Pitch, 2e-5f);
        Assert.Equal(file.ReadFloat32("output.refined.yaw")[0], source.Pose.Yaw, 2e-5f);
        Assert.Equal(file.ReadFloat32("output.refined.roll")[0], source.Pose.Roll, 2e-5f);
        RotationMatrix rotation = source.Pose.ToRotation();
        AssertClose(file.ReadFloat32("output.rotation"), rotation[..]);
        AssertClose(file.ReadFloat32("output.x_s"), source.Transform());
    }

    [Fact]
    public void Previous_motion_is_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("motion_math");

        PreviousMotion previous = PreviousMotion.From(MotionCase.Source(file), MotionCase.Statistics(file));

        AssertClose(file.ReadFloat32("output.prev_motion"), previous.Values.Span);
        AssertClose(file.ReadFloat32("output.rescale_ratio"), [previous.RescaleRatio]);
    }

    [Fact]
    public void Lip_modulation_is_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("motion_math");
        MotionSequence motion = new(file.ReadFloat32("input.motion"));

        MotionSequence modulated = LipModulation.Apply(motion, file.ReadFloat32("input.standard_motion"));

        AssertClose(file.ReadFloat32("output.modulated"), modulated.Values);
    }

    [Fact]
    public void Denormalised_motion_is_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("motion_math");
        MotionSequence modulated = new(file.ReadFloat32("output.modulated"));
        float ratio = file.ReadFloat32("output.rescale_ratio")[0];

        MotionSequence motion = MotionCase.Statistics(file).Denormalize(modulated, ratio);

        AssertClose(MotionCase.Sequence(file, "output.sequence").Values, motion.Values);
    }

    [Fact]
    public void Moving_average_is_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("motion_math");
        MotionSequence motion = MotionCase.Sequence(file, "output.sequence");

        MotionSequence smoothed = ExponentialMovingAverage.SmoothPose(motion);

        List<float> poses = [];
        for (int frame = 0; frame < smoothed.Frames; frame++)
        {
            Assert.Equal(motion.Expression(frame), smoothed.Expression(frame));
            poses.AddRange(smoothed[frame][MotionLayout.Scale..]);
        }
        AssertClose(file.ReadFloat32("output.smoothed_pose"), poses.ToArray());
    }

    [Fact]
    public void Kalman_smoother_is_the_reference_s()
    {
        using SafetensorsFile file = MotionCase.Open("kalman.any");

        float[] smoothed = KalmanSmoother.Default.Smooth(file.ReadFloat32("input.observations"), 63);

        AssertClose(file.ReadFloat32("output.smoothed"), smoothed);
    }

    [Fact]
    public void Generated_motion_is_finished_as_the_reference_does()
    {
        using SafetensorsFile file = MotionCase.Open("e2e.tiny");
        MotionSequence motion = new(file.ReadFloat32("output.motion"));
        SilentFrames silence = new(0, 50);

        MotionSequence finished = LipModulation.Apply(motion, silence).Cut(silence);

        Assert.Equal(75, finished.Frames);
        AssertClose(file.ReadFloat32("output.modulated"), finished.Values);
    }

    [Fact]
    public void Pose_bins_are_read_without_overflow()
    {
        float[] bins = new float[66];
        bins[40] = 3000;

        HeadPose pose = HeadPose.FromBins(bins, new float[66], [12.5f]);

        Assert.Equal(new HeadPose(3 * 40 - 97.5f, 0, 12.5f), pose);
    }

    [Fact]
    public void A_rotation_and_its_transpose_cancel()
    {
        RotationMatrix rotation = RotationMatrix.FromDegrees(20, -35, 10);

        RotationMatrix product = rotation * rotation.Transpose();

        for (int i = 0; i < RotationMatrix.Length; i++)
        {
            Assert.Equal(i % 4 == 0 ? 1 : 0, product[i], 1e-6f);
        }
    }

    [Theory]
    [InlineData(0, 50, 0, 75)]
    [InlineData(50, 0, 50, 75)]
    [InlineData(50, 50, 50, 25)]
    [InlineData(0, 0, 0, 125)]
    public void Frames_of_silence_are_cut_off(int before, int after, int first, int count)
    {
        MotionSequence motion = Numbered(125);

        MotionSequence cut = motion.Cut(new SilentFrames(before, after));

        Assert.Equal(count, cut.Frames);
        Assert.Equal(first, cut[0][0]);
        Assert.Equal(first + count - 1, cut[count - 1][0]);
    }

    [Fact]
    public void Motion_of_silence_alone_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Numbered(50).Cut(new SilentFrames(0, 50)));
        Assert.Throws<ArgumentException>(() => new MotionSequence(new float[71]));
    }

    [Fact]
    public void Without_added_silence_lips_stay_as_they_are()
    {
        MotionSequence motion = Numbered(10);

        Assert.Same(motion, LipModulation.Apply(motion, new SilentFrames(0, 0)));
    }

    [Fact]
    public void Pose_is_smoothed_by_the_mean_of_three()
    {
        float[] motion = new float[4 * MotionLayout.Width];
        for (int frame = 0; frame < 4; frame++)
        {
            motion.AsSpan(frame * MotionLayout.Width, MotionLayout.Width).Fill(frame * frame);
        }

        PoseSmoothing.Apply(motion);

        for (int frame = 0; frame < 4; frame++)
        {
            float expected = new[] { 1 / 2f, 5 / 3f, 14 / 3f, 13 / 2f }[frame];
            Assert.All(motion[(frame * 70)..(frame * 70 + 63)], value => Assert.Equal(frame * frame, value));
            Assert.All(motion[(frame * 70 + 63)..(frame * 70 + 70)], value => Assert.Equal(expected, value, 1e-6f));
        }
        float[] single = [.. Enumerable.Repeat(2f, MotionLayout.Width)];
        PoseSmoothing.Apply(single);
        Assert.All(single, value => Assert.Equal(2, value));
    }

    [Fact]
    public void Openness_is_height_over_width()
    {
        Vector2[] landmarks = new Vector2[FaceOpenness.LandmarkCount];
        (landmarks[90], landmarks[102], landmarks[48], landmarks[66]) = (new(5, 0), new(5, 3), new(0, 1), new(10, 1));
        (landmarks[6], landmarks[18], landmarks[0], landmarks[12]) = (new(2, 0), new(2, 1), new(0, 0), new(4, 0));

        Assert.Equal(0.3f, FaceOpenness.Lip(landmarks), 1e-6f);
        Assert.Equal(0.25f, FaceOpenness.Eyes(landmarks).X, 1e-6f);
        Assert.Throws<ArgumentOutOfRangeException>(() => FaceOpenness.Lip(landmarks.AsSpan(0, 106)));
    }

    private static MotionSequence Numbered(int frames) =>
        new([.. Enumerable.Range(0, frames * MotionLayout.Width).Select(i => (float)(i / MotionLayout.Width))]);

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found) =>
        Assert.InRange(RelativeError.Between(found, expected), 0, Tolerance);
}

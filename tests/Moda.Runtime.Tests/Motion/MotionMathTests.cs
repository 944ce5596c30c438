using System.Numerics;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Testing;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class MotionMathTests
{
    [Fact]
    public void Generated_motion_is_finished_as_the_reference_does()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("e2e.tiny"));
        MotionSequence motion = new(file.ReadFloat32("output.motion"));
        SilentFrames silence = new(0, 50);

        MotionSequence finished = LipModulation.Apply(motion, silence).Cut(silence);

        Assert.Equal(75, finished.Frames);
        Assert.InRange(RelativeError.Between(finished.Values, file.ReadFloat32("output.modulated")), 0, 1e-6);
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
        Assert.Throws<ArgumentException>(() => FaceOpenness.Lip(landmarks.AsSpan(0, 106)));
    }

    private static MotionSequence Numbered(int frames) =>
        new([.. Enumerable.Range(0, frames * MotionLayout.Width).Select(i => (float)(i / MotionLayout.Width))]);
}

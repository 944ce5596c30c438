using Moda.Runtime.Motion;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class MotionTemplateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Refused => ["refuse_foreign", "refuse_truncated", "refuse_short"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_template_is_written_and_read_again_bit_for_bit()
    {
        MotionTemplate motion = MotionTemplate.Load(Write("template"));
        string path = Path.Combine(folder.Path, "a.safetensors");

        motion.Save(path);
        var read = MotionTemplate.Load(path);

        Assert.Equal(25, read.FramesPerSecond);
        AssertSame(motion, read);
        Assert.Equal(["a.safetensors", "template.pkl"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_template_lacks_is_not_written()
    {
        MotionTemplate bare = MotionTemplate.Load(Write("template_bare"));
        string path = Path.Combine(folder.Path, "bare.safetensors");

        bare.Save(path);
        var read = MotionTemplate.Load(path);

        Assert.True(read.Keypoints.IsEmpty && read.CanonicalKeypoints.IsEmpty && read.EyeRatios.IsEmpty && read.LipRatios.IsEmpty);
        AssertSame(bare, read);
    }

    [Fact]
    public void One_frame_is_a_picture_and_a_missing_rate_is_25()
    {
        Assert.Equal(1, MotionTemplate.Load(Write("template_one_frame")).Frames);
        Assert.Equal(25, MotionTemplate.Load(Write("template_no_fps")).FramesPerSecond);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Foreign_and_damaged_templates_are_refused_with_their_path(string name)
    {
        string path = Write(name);

        MotionFileException refused = Assert.Throws<MotionFileException>(() => MotionTemplate.Load(path));

        Assert.Equal(path, refused.Path);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_that_is_listed_a_million_times_is_refused_before_it_is_read()
    {
        PickleBuilder pickle = new PickleBuilder(4).Op('}').Op('(').Text("motion").Op(']').Op('(').Op('}').Op('q').Bytes(7);
        for (int i = 0; i < 1_000_000; i++)
        {
            pickle.Op('h').Bytes(7);
        }

        string path = Path.Combine(folder.Path, "many.pkl");
        File.WriteAllBytes(path, pickle.Op('e').Op('u').Stop().ToArray());

        MotionFileException refused = Assert.Throws<MotionFileException>(() => MotionTemplate.Load(path));
        Assert.Contains("more than a file of", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_safetensors_and_other_files_are_refused()
    {
        string text = Path.Combine(folder.Path, "a.txt");
        File.WriteAllText(text, "not motion");

        Assert.Throws<MotionFileException>(() => MotionTemplate.Load(TestData.Case("stitching.any")));
        Assert.Throws<MotionFileException>(() => MotionTemplate.Load(text));
        Assert.ThrowsAny<IOException>(() => MotionTemplate.Load(Path.Combine(folder.Path, "missing.pkl")));
    }

    [Fact]
    public void Values_that_do_not_fit_their_frames_or_are_no_numbers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Motion(frames: 0));
        Assert.Throws<ArgumentException>(() => new MotionTemplate(25, new float[2], new float[18], new float[125], new float[6]));
        Assert.Throws<ArgumentException>(() => new MotionTemplate(25, (float[])[1, float.NaN], new float[18], new float[126], new float[6]));
        Assert.Throws<ArgumentException>(() => new MotionTemplate(25, new float[2], new float[18], new float[126], new float[6]) { EyeRatios = new float[3] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MotionTemplate(0, new float[2], new float[18], new float[126], new float[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MotionTemplate(double.NaN, new float[2], new float[18], new float[126], new float[6]));
    }

    [Fact]
    public void At_twice_the_rate_there_are_frames_between_the_frames()
    {
        MotionTemplate slow = Motion(frames: 3);

        MotionTemplate fast = slow.AtRate(50);

        Assert.Equal(6, fast.Frames);
        Assert.Equal([0, 0.5f, 1, 1.5f, 2, 2], fast.Scales.ToArray());
        AssertSame(slow, fast.AtRate(25));
        Assert.Same(slow, slow.AtRate(25));
    }

    [Fact]
    public void Lips_come_from_the_voice_and_all_else_from_the_video()
    {
        MotionTemplate video = Motion(frames: 4);
        MotionTemplate voice = Motion(frames: 3, expression: 7);

        MotionTemplate mixed = video.WithLipsOf(voice);

        Assert.Equal(3, mixed.Frames);
        for (int i = 0; i < 63; i++)
        {
            Assert.Equal(FaceKeypoints.Lip.Contains(i / 3) ? 7 : 0, mixed.Expression(2)[i]);
        }

        Assert.Equal(video.Scale(2), mixed.Scale(2));
        Assert.Equal(3, video.Slice(1, 1).WithLipsOf(voice).Frames);
    }

    [Fact]
    public void Angles_come_back_from_rotations()
    {
        foreach ((double pitch, double yaw, double roll) in (ReadOnlySpan<(double, double, double)>)[(0, 0, 0), (12, -33, 5), (-20, 60, -44)])
        {
            HeadPose pose = RotationMatrix.FromDegrees(pitch, yaw, roll).ToPose();

            Assert.Equal(pitch, pose.Pitch, 1e-4);
            Assert.Equal(yaw, pose.Yaw, 1e-4);
            Assert.Equal(roll, pose.Roll, 1e-4);
        }
    }

    private static MotionTemplate Motion(int frames, float expression = 0)
    {
        float[] identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        float[] expressions = new float[frames * 63];
        Array.Fill(expressions, expression);
        return new MotionTemplate(
            25,
            Enumerable.Range(0, frames).Select(frame => (float)frame).ToArray(),
            Enumerable.Repeat(identity, frames).SelectMany(row => row).ToArray(),
            expressions,
            new float[3 * frames]);
    }

    private static void AssertSame(MotionTemplate expected, MotionTemplate actual)
    {
        Assert.Equal(expected.Scales.ToArray(), actual.Scales.ToArray());
        Assert.Equal(expected.Rotations.ToArray(), actual.Rotations.ToArray());
        Assert.Equal(expected.Expressions.ToArray(), actual.Expressions.ToArray());
        Assert.Equal(expected.Translations.ToArray(), actual.Translations.ToArray());
        Assert.Equal(expected.CanonicalKeypoints.ToArray(), actual.CanonicalKeypoints.ToArray());
        Assert.Equal(expected.Keypoints.ToArray(), actual.Keypoints.ToArray());
        Assert.Equal(expected.EyeRatios.ToArray(), actual.EyeRatios.ToArray());
        Assert.Equal(expected.LipRatios.ToArray(), actual.LipRatios.ToArray());
    }

    private string Write(string name)
    {
        string path = Path.Combine(folder.Path, name + ".pkl");
        File.WriteAllBytes(path, MotionTemplates.Read(name));
        return path;
    }
}

using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Observation;
using Moda.Runtime.Options;
using Moda.Runtime.Workers;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Videos whose face is driven by other motion: tiny synthetic weights, so what is drawn is noise; where, when and by which keypoints is not.</summary>
public sealed class DriveVideoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Only_the_face_of_a_frame_changes()
    {
        string path = await TestClips.VideosIn(folder).FaceAsync("face.mkv", frames: 4, rate: 50, hidden: "eq(n,1)");
        byte[][] source = await TestClips.DecodeAsync(path);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);

        await using TalkingClip clip = engine.Drive(video, Turning(frames: 4, framesPerSecond: 50));
        List<VideoFrame> frames = await TestClips.ReadAsync(clip);

        Assert.Equal(new VideoFormat(320, 240, 50), clip.Format);
        Assert.Equal([0, 0.02, 0.04, 0.06], frames.Select(frame => Math.Round(frame.Timestamp.TotalSeconds, 3)));
        Assert.Equal(source[1], frames[1].Pixels.ToArray());
        Assert.All((int[])[0, 2, 3], index => TestClips.AssertOnlyTheFaceIsNew(index, source[index], frames[index]));
    }

    [Theory]
    [InlineData(25, true)]
    [InlineData(50, true)]
    [InlineData(50, false)]
    public async Task Each_frame_s_own_motion_is_driven_by_that_of_its_time(int motionRate, bool relative)
    {
        const int frames = 4;
        string path = await TestClips.VideosIn(folder).FaceAsync("face.mkv", frames, rate: 50);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        DrivingOptions driving = DrivingOptions.ForVideo with { RelativeMotion = relative, Stitching = false };
        MotionTemplate motion = Turning(frames, motionRate);
        var seen = new SeenKeypoints();

        await using TalkingClip clip = engine.Drive(video, motion, new GenerationOptions { Driving = driving, Observer = seen });
        Assert.Equal(frames, clip.FrameCount);
        Assert.Empty(await TestClips.ReadAsync(clip));

        MotionTemplate source = await OwnMotionAsync(engine, video, await TestClips.DecodeAsync(path));
        float[] expected = new KeypointDriver(driving, stitching: null).Drive(source, motion.AtRate(50), isPhoto: false).Values.ToArray();
        Assert.Equal(expected.Length, seen.Keypoints.Count);
        Assert.All(expected, (value, place) => Assert.Equal(value, seen.Keypoints[place], 1e-5));
    }

    [Theory]
    [InlineData(3, 25, 6)]
    [InlineData(2, 25, 4)]
    [InlineData(100, 50, 6)]
    [InlineData(3, 100, 2)]
    [InlineData(1, 25, 6)]
    public async Task A_clip_is_as_long_as_the_shorter_of_both_and_a_picture_as_the_video(int motionFrames, double motionRate, int expected)
    {
        string path = await TestClips.VideosIn(folder).FaceAsync("face.mkv", frames: 6, rate: 50);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        var options = new GenerationOptions { Driving = DrivingOptions.ForVideo, Observer = new NoFrames() };

        await using TalkingClip clip = engine.Drive(video, Turning(motionFrames, motionRate), options);
        await TestClips.ReadAsync(clip);

        Assert.Equal(expected, clip.FrameCount);
    }

    [Fact]
    public async Task A_video_of_one_frame_is_not_taken_for_one_that_a_picture_drives()
    {
        string path = await TestClips.VideosIn(folder).FaceAsync("face.mkv", frames: 1, rate: 50);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        DrivingOptions driving = DrivingOptions.ForVideo with { Stitching = false };
        var seen = new SeenKeypoints();

        await using TalkingClip clip = engine.Drive(video, Turning(frames: 5, 50), new GenerationOptions { Driving = driving, Observer = seen });
        await TestClips.ReadAsync(clip);

        // In relative motion the first frame is what the driving face begins with: nothing moves.
        MotionTemplate source = await OwnMotionAsync(engine, video, await TestClips.DecodeAsync(path));
        Assert.All(source.Keypoints.ToArray(), (value, place) => Assert.Equal(value, seen.Keypoints[place], 1e-5));
    }

    [Fact]
    public async Task What_a_video_cannot_be_driven_by_is_refused()
    {
        string path = await TestClips.VideosIn(folder).FaceAsync("face.mkv", frames: 1);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        MotionTemplate motion = Turning(frames: 2, 25);
        var usual = new GenerationOptions { Driving = DrivingOptions.ForVideo };

        Assert.All(
            (GenerationOptions[])[.. TestClips.NotForVideos(usual), usual with { Driving = usual.Driving with { RetargetEyes = true } }],
            options => Assert.Throws<ArgumentException>(() => engine.Drive(video, motion, options)));
        video.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Drive(video, motion));
        await TestEngines.UntilAsync(() => engine.Memory is { Portraits: 0, Clips: 0 });
    }

    // A head that turns and moves, and a face that changes, more in each frame.
    private static MotionTemplate Turning(int frames, double framesPerSecond)
    {
        float[] Each(int width, Func<int, int, double> value) =>
            [.. Enumerable.Range(0, frames).SelectMany(frame => Enumerable.Range(0, width).Select(place => (float)value(frame, place)))];

        return new MotionTemplate(
            framesPerSecond,
            Each(1, (frame, _) => 1.3 + (0.01 * frame)),
            Each(9, (frame, place) => place switch
            {
                0 or 4 => Math.Cos(0.05 * frame),
                1 => Math.Sin(0.05 * frame),
                3 => -Math.Sin(0.05 * frame),
                8 => 1,
                _ => 0,
            }),
            Each(63, (frame, place) => 0.001 * frame * (place % 7)),
            Each(3, (frame, place) => 0.02 * frame * (place + 1)));
    }

    // The motion of each frame as the engine reads it where the frame is a portrait.
    private static async Task<MotionTemplate> OwnMotionAsync(TalkingHeadEngine engine, PreparedVideo video, byte[][] frames)
    {
        var read = new List<MotionTemplate>();
        await foreach (IReadOnlyList<FaceLandmarks?> faces in video.Loaded.Track.ReadAsync(Token))
        {
            FaceLandmarks landmarks = Assert.IsType<FaceLandmarks>(Assert.Single(faces));
            var picture = new RgbImage(video.Format.Width, video.Format.Height, frames[read.Count]);
            using PreparedPortrait portrait = await engine.PrepareAsync(Portrait.OfFrame(picture, landmarks, new PortraitOptions()), Token);
            LoadedPortrait lease = portrait.Lease();
            read.Add(lease.Source.ToTemplate(landmarks.Points));
            lease.Release();
        }

        return MotionTemplate.Join(read, video.Format.FramesPerSecond.PerSecond);
    }

    private sealed class SeenKeypoints : ClipObserver
    {
        public override IReadOnlySet<int> Frames { get; } = new HashSet<int>();

        public List<float> Keypoints { get; } = [];

        public override void ReceiveDrivingKeypoints(ReadOnlySpan<float> keypoints) => Keypoints.AddRange(keypoints);
    }
}

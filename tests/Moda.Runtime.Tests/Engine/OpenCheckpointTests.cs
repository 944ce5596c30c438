using System.Globalization;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Observation;
using Moda.Runtime.Options;
using Moda.Runtime.Tests.Imaging;
using Moda.Testing;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>With the open checkpoint, a portrait that it was not trained on talks.</summary>
public sealed class OpenCheckpointTests : IDisposable
{
    private const int UpperLip = 12;
    private const int LowerLip = 19;
    private const double StillDecibels = 29;

    private readonly CpuDevice device = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();

    [Fact]
    public void A_face_that_does_not_move_stays_what_it_is()
    {
        using WeightSet weights = Open();
        using var store = new ParameterStore(device);
        FaceCrop crop = OpenPortrait().Crop;
        RgbImage input = crop.ToNetworkInput();
        var warping = new WarpingNetwork(Parameters("warping_module"));
        using var encoder = new SourcePass(
            device,
            new AppearanceExtractor(Parameters("appearance_feature_extractor")),
            new MotionExtractor(Parameters("motion_extractor")),
            warping);
        using SourceFace face = encoder.Encode([.. input.Pixels.Select(value => value / 255f)], input.Height, input.Width, Token);
        float[] keypoints = SourceKeypoints.From(face.Motion).Transform();
        using var renderer = new FramePass(
            device, warping, new SpadeGenerator(Parameters("spade_generator")), face.Volume.Shape,
            MotionLayout.KeypointCount, batchSize: 1);
        byte[] frame = new byte[renderer.FrameBytes];

        renderer.Set(0, face, keypoints, keypoints);
        renderer.Render(1, Token);
        renderer.Read(0, frame);

        Assert.InRange(ImageCase.Compare(crop.Image.Pixels, frame).Decibels, StillDecibels, 100);

        Moda.Runtime.Networks.ParameterLoader Parameters(string network) => new(weights.Network(network), store);
    }

    [Fact]
    public async Task Lips_follow_the_voice_and_rest_when_it_is_silent()
    {
        using WeightSet weights = Open();
        await using TalkingHeadEngine engine = await LoadAsync(weights);
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        float[] spoken = voice.Samples.ToArray();
        const int silentFrames = 30;
        float[] withPause = [.. spoken, .. new float[silentFrames * AudioPreparation.SamplesPerFrame]];

        MotionSequence motion = await Move(engine, OpenPortrait(), withPause, Emotion.None);

        double[] opening = [.. Enumerable.Range(0, motion.Frames).Select(frame => Opening(motion.Expression(frame)))];
        double[] loudness = [.. withPause.Chunk(AudioPreparation.SamplesPerFrame).Take(motion.Frames).Select(Loudness)];
        double[] pause = opening[^(silentFrames / 2)..];
        Assert.InRange(Correlation(opening, loudness), 0.35, 1);
        Assert.True(pause.Max() - pause.Min() < 0.15 * (opening.Max() - opening.Min()), $"lips move by {pause.Max() - pause.Min():0.000} in silence");
        Assert.True(pause.Average() < opening.Min() + (0.25 * (opening.Max() - opening.Min())), "lips stay open in silence");
    }

    [Fact]
    public async Task Lips_of_a_dubbed_video_follow_the_voice()
    {
        const int rate = 12;
        const int frames = 42;
        using var folder = new TemporaryFolder();
        string path = await TestClips.VideosIn(folder).FaceAsync("talk.mkv", frames, rate);
        using WeightSet weights = Open();
        await using TalkingHeadEngine engine = await LoadAsync(weights);
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        var observer = new LipObserver();
        var options = new DubbingOptions();

        await using TalkingClip clip = engine.Dub(video, voice, options with { Generation = options.Generation with { Observer = observer } });
        await foreach (VideoFrame _ in clip.WithCancellation(Token))
        {
        }

        float[] samples = voice.Samples.ToArray();
        double[] loudness = [.. Enumerable.Range(0, frames).Select(frame =>
            Loudness(samples.AsSpan(frame * Waveform.SampleRate / rate, AudioPreparation.SamplesPerFrame).ToArray()))];
        Assert.Equal((frames, 0), (video.FrameCount, video.FramesWithoutFace));
        Assert.Equal(frames, observer.Openings.Count);
        Assert.InRange(Correlation([.. observer.Openings], loudness), 0.5, 1);
    }

    // Speech that is cut off in the middle of a syllable leaves the mouth open: it takes two frames to close. Speech that ends a little
    // before leaves it closed.
    [Theory]
    [InlineData(0, 2)]
    [InlineData(10, 0)]
    public async Task Lips_rest_in_a_piece_of_noise_after_a_minute_of_speech(int silentFrames, int closingFrames)
    {
        using WeightSet weights = Open();
        await using TalkingHeadEngine engine = await LoadAsync(weights);
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        const int spokenFrames = 60 * GenerationOptions.FramesPerSecond;
        const int noiseFrames = 3 * GenerationOptions.FramesPerSecond / 2;
        float[] samples = new float[(spokenFrames + noiseFrames) * AudioPreparation.SamplesPerFrame];
        Random random = new(1);
        for (int n = 0; n < samples.Length; n++)
        {
            // Noise at -60 dB: evenly spread samples deviate by their peak over the square root of three.
            samples[n] = n < (spokenFrames - silentFrames) * AudioPreparation.SamplesPerFrame
                ? voice.Samples.Span[n % voice.Samples.Length]
                : (float)(((2 * random.NextDouble()) - 1) * Math.Sqrt(3) * 0.001);
        }

        MotionSequence motion = await Move(engine, OpenPortrait(), samples, Emotion.None, frames: 1);

        double[] opening = [.. Enumerable.Range(0, motion.Frames).Select(frame => Opening(motion.Expression(frame)))];
        double speech = opening[..spokenFrames].Max() - opening[..spokenFrames].Min();

        double[] rest = opening[(spokenFrames + closingFrames)..];
        double noise = rest.Max() - rest.Min();
        Assert.Equal(spokenFrames + noiseFrames, motion.Frames);
        Assert.True(noise < 0.15 * speech, $"lips move by {noise:0.000} in noise and by {speech:0.000} in speech");
    }

    [Fact]
    public async Task Each_emotion_has_a_face_of_its_own()
    {
        using WeightSet weights = Open();
        await using TalkingHeadEngine engine = await LoadAsync(weights);
        Portrait portrait = OpenPortrait();
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        float[] spoken = voice.Samples[..(32 * AudioPreparation.SamplesPerFrame)].ToArray();
        var faces = new Dictionary<Emotion, double[]>();
        foreach (Emotion emotion in Enum.GetValues<Emotion>().Where(emotion => emotion != Emotion.None))
        {
            MotionSequence motion = await Move(engine, portrait, spoken, emotion);
            faces[emotion] = [.. Enumerable.Range(0, MotionLayout.KeypointLength).Select(
                index => Enumerable.Range(0, motion.Frames).Average(frame => motion.Expression(frame)[index]))];
        }

        Assert.Equal(8, faces.Count);
        Assert.All(
            from one in faces from other in faces where one.Key < other.Key select (one, other),
            pair => Assert.True(
                Distance(pair.one.Value, pair.other.Value) > 0.015,
                $"{pair.one.Key} and {pair.other.Key} differ by {Distance(pair.one.Value, pair.other.Value):0.0000}"));
    }

    [Fact]
    public async Task An_emotion_shows_the_more_the_larger_its_scale()
    {
        using WeightSet weights = Open();
        await using TalkingHeadEngine engine = await LoadAsync(weights);
        using PreparedPortrait portrait = await engine.PrepareAsync(OpenPortrait(), Token);
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        var spoken = new Waveform(voice.Samples[..(80 * AudioPreparation.SamplesPerFrame)].ToArray());
        float[] scales = [1.2f, 2, 4, 8];
        double[] neutral = await FaceAsync(Emotion.Neutral, scale: null);

        foreach (Emotion emotion in Enum.GetValues<Emotion>().Where(emotion => emotion != Emotion.None))
        {
            // In hundredths of half the crop.
            double[] distances = new double[scales.Length];
            for (int index = 0; index < scales.Length; index++)
            {
                distances[index] = 100 * Distance(await FaceAsync(emotion, scales[index]), neutral);
            }

            string table = $"| {emotion} | {string.Join(" | ", distances.Select(distance => distance.ToString("0.0", CultureInfo.InvariantCulture)))} |";
            TestContext.Current.SendDiagnosticMessage(table);
            Assert.True(distances.Zip(distances.Skip(1)).All(pair => pair.First < pair.Second), table);
        }

        // The mean over the frames of what moves the keypoints, [63].
        async Task<double[]> FaceAsync(Emotion emotion, float? scale)
        {
            var options = new GenerationOptions
            {
                Emotion = emotion,
                Sampling = new MotionSamplingOptions { EmotionScale = scale },
                Audio = new AudioPreparationOptions { Silence = SilenceMode.None },
            };
            MotionTemplate motion = await engine.GenerateMotionAsync(portrait, spoken.OpenReader(), options, cancellationToken: Token);
            return [.. Enumerable.Range(0, MotionLayout.KeypointLength).Select(
                index => Enumerable.Range(0, motion.Frames).Average(frame => motion.Expressions.Span[(frame * MotionLayout.KeypointLength) + index]))];
        }
    }

    private static WeightSet Open()
    {
        Assert.SkipUnless(OpenCheckpointFiles.Exist, OpenCheckpointFiles.Missing);
        return OpenCheckpointFiles.Open();
    }

    private Task<TalkingHeadEngine> LoadAsync(WeightSet weights) =>
        TalkingHeadEngine.LoadAsync(weights, device.CreateQueue(), cancellationToken: Token);

    private static async Task<MotionSequence> Move(TalkingHeadEngine engine, Portrait portrait, float[] samples, Emotion emotion, int frames = int.MaxValue)
    {
        var observer = new MotionObserver();
        using PreparedPortrait prepared = await engine.PrepareAsync(portrait, Token);
        var options = new GenerationOptions { Emotion = emotion, Observer = observer };
        await using TalkingClip clip = engine.Speak(prepared, new Waveform(samples), options);
        await foreach (VideoFrame _ in clip.WithCancellation(Token))
        {
            // Motion is complete before the first frame.
            if (--frames == 0)
            {
                break;
            }
        }

        return observer.Motion;
    }

    private Portrait OpenPortrait()
    {
        using var analyzer = new FaceAnalyzer(device);
        return Portrait.Create(ImageFile.Load(TestData.Path("assets", "portrait.png")), analyzer, cancellationToken: Token);
    }

    private static double Opening(ReadOnlySpan<float> expression) => expression[(3 * LowerLip) + 1] - expression[(3 * UpperLip) + 1];

    private static double Loudness(float[] samples) => Math.Sqrt(Math.Sqrt(samples.Average(value => value * value)));

    private static double Distance(double[] one, double[] other) => Math.Sqrt(one.Zip(other, (a, b) => (a - b) * (a - b)).Sum());

    private static double Correlation(double[] one, double[] other)
    {
        double first = one.Average();
        double second = other.Average();
        double product = one.Zip(other, (a, b) => (a - first) * (b - second)).Sum();
        return product / Math.Sqrt(one.Sum(a => Math.Pow(a - first, 2)) * other.Sum(b => Math.Pow(b - second, 2)));
    }

    /// <summary>Keeps how far the lips of a dub's frames are driven apart, and has none of them rendered.</summary>
    private sealed class LipObserver : ClipObserver
    {
        public List<double> Openings { get; } = [];

        public override IReadOnlySet<int> Frames { get; } = new HashSet<int>();

        public override void ReceiveDrivingKeypoints(ReadOnlySpan<float> keypoints) => Openings.Add(Opening(keypoints));
    }

    /// <summary>Keeps a clip's motion and has none of its frames rendered.</summary>
    private sealed class MotionObserver : ClipObserver
    {
        public MotionSequence Motion { get; private set; } = new([]);

        public override IReadOnlySet<int> Frames { get; } = new HashSet<int>();

        public override void ReceiveMotion(ReadOnlySpan<float> motion) => Motion = new MotionSequence(motion.ToArray());
    }
}

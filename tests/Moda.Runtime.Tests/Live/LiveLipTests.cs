using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Moda.Testing;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Runtime.Tests.Live;

/// <summary>
/// With the open checkpoint, lips that hear a voice as it comes move as lips that know it all. Both have the same noise for the same frame:
/// where a sound may be made with lips closed or just not, noise decides, offline too.
/// </summary>
public sealed class LiveLipTests : IDisposable
{
    private const int Width = MotionLayout.Width;
    private const int FrameLength = AudioPreparation.SamplesPerFrame;
    private const int UpperLip = 12;
    private const int LowerLip = 19;

    // Silence before and behind the speech.
    private const int Before = 8;
    private const int Behind = 40;

    // Of one voice, and on average of the ten sentences of live_sentences.sh.
    private const double LeastCorrelation = 0.95;

    // Voices that lie in a folder, each live and offline with some seeds.
    private const string VoicesVariable = "MODA_TEST_VOICES";
    private const ulong Seeds = 2;

    private static readonly LiveOptions Defaults = new();

    private readonly CpuDevice device = new();
    private readonly ParameterStore store;
    private readonly WeightSet weights;
    private readonly MotionStatistics statistics;
    private readonly AudioEncoder encoder;
    private readonly MotionGenerator generator;
    private readonly DirectSegmentSampler sampler;
    private readonly SpeechPass speechPass;

    public LiveLipTests()
    {
        Assert.SkipUnless(OpenCheckpointFiles.Exist, OpenCheckpointFiles.Missing);
        weights = OpenCheckpointFiles.Open();
        store = new ParameterStore(device);
        encoder = new AudioEncoder(new ParameterLoader(weights.Network("audio_encoder"), store), weights.AudioEncoder);
        generator = new MotionGenerator(new ParameterLoader(weights.Network("motion_generator"), store));
        statistics = new MotionStatistics(weights.MotionStatistics);
        sampler = new DirectSegmentSampler(
            device, generator, NullAudio.Of(generator, encoder.Layers), SamplingKind.Of(new MotionSamplingOptions(), (int)Emotion.None));
        speechPass = new SpeechPass(device, encoder, generator);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        speechPass.Dispose();
        sampler.Dispose();
        store.Dispose();
        weights.Dispose();
        device.Dispose();
    }

    [Fact]
    public async Task Lips_of_a_live_voice_are_those_of_the_whole_voice()
    {
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        int frames = voice.Samples.Length / FrameLength;

        float[] whole = await OfflineAsync(voice.Samples, seed: 1);
        float[] live = await LiveAsync(voice.Samples, seed: 1);

        double[] expected = Openings(whole, 0, frames);
        double[] openings = Openings(live, Before, frames);
        double[] rest = Openings(live, Before + frames + 6, Behind - 6);
        double range = expected.Max() - expected.Min();
        double jointChange = Enumerable.Range(1, frames / Defaults.Advance - 1).Average(joint => Change(live, Before + (joint * Defaults.Advance)));
        double change = Enumerable.Range(1, frames - 1).Average(frame => Change(whole, frame));
        string figures = $"correlation {Correlation(expected, openings):0.000}, rest moves by {(rest.Max() - rest.Min()) / range:0.00}, joints change by {jointChange / change:0.00}";
        TestContext.Current.SendDiagnosticMessage(figures);
        Assert.True(Correlation(expected, openings) > LeastCorrelation, figures);
        Assert.True(rest.Max() - rest.Min() < 0.15 * range, figures);
        Assert.True(jointChange < 1.2 * change, figures);
    }

    [Fact]
    public async Task Lips_of_many_live_voices_are_those_of_the_whole_voices()
    {
        string? folder = Environment.GetEnvironmentVariable(VoicesVariable);
        Assert.SkipWhen(folder is null, $"{VoicesVariable} names no folder with WAV files of speech");
        var same = new List<double>();
        foreach (string path in Directory.EnumerateFiles(folder, "*.wav").Order(StringComparer.Ordinal))
        {
            Waveform voice = await Waveform.ReadAsync(path, cancellationToken: Token);
            int frames = voice.Samples.Length / FrameLength;
            for (ulong seed = 1; seed <= Seeds; seed++)
            {
                double[] live = Openings(await LiveAsync(voice.Samples, seed), Before, frames);
                double[] whole = Openings(await OfflineAsync(voice.Samples, seed), 0, frames);
                double[] other = Openings(await OfflineAsync(voice.Samples, seed + Seeds), 0, frames);
                same.Add(Correlation(whole, live));
                TestContext.Current.SendDiagnosticMessage(
                    $"{Path.GetFileName(path)}, seed {seed}: live {same[^1]:0.000}, offline with another seed {Correlation(whole, other):0.000}");
            }
        }

        string figures = $"{same.Count} correlations: mean {same.Average():0.000}, least {same.Min():0.000}";
        TestContext.Current.SendDiagnosticMessage(figures);
        Assert.True(same.Average() >= LeastCorrelation, figures);
    }

    // What a microphone writes, heard as soon as it may be.
    private async Task<float[]> LiveAsync(ReadOnlyMemory<float> voice, ulong seed)
    {
        int spoken = voice.Length / FrameLength;
        var buffer = new SpeechBuffer(spoken + 1);
        var live = new LiveEncoder(weights.AudioEncoder.NormalizesInput, encoder.WindowLength, generator.Channels);
        var window = new LiveWindow(new WindowSampler(sampler, Request(NoiseSources.Philox(seed))), Encode, buffer, live, Defaults.LookAhead);
        await window.StartAsync(Token);
        var motion = new List<float>();
        await StepAsync(speaks: false, Before);
        for (int written = 0; motion.Count < (Before + spoken + Behind) * Width;)
        {
            int known = Math.Min(spoken, (motion.Count / Width) - Before + Defaults.Advance + Defaults.LookAhead);
            await buffer.WriteAsync(voice.Slice(written * FrameLength, (known - written) * FrameLength), Token);
            written = known;
            if (written == spoken)
            {
                buffer.EndUtterance();
            }

            await StepAsync(buffer.State.Frames > 0, Defaults.Advance);
        }

        return [.. motion];

        Task Encode(AudioPiece piece, Memory<float> tokens, CancellationToken cancellationToken)
        {
            speechPass.Run(piece, cancellationToken);
            speechPass.ReadTokens(tokens.Span);
            return Task.CompletedTask;
        }

        async Task StepAsync(bool speaks, int count)
        {
            SpeechState state = buffer.State;
            await window.PrepareAsync(state, speaks, !state.IsOpen, Token);
            motion.AddRange(window.Take(count, _ => { }).Values);
        }
    }

    // As generated by default, with the noise that a frame has when it is live.
    private async Task<float[]> OfflineAsync(ReadOnlyMemory<float> voice, ulong seed)
    {
        NoiseSource live = NoiseSources.Philox(seed);
        int first = sampler.Plan.Length + Before;
        MotionRequest request = Request((segment, noise) =>
        {
            for (int frame = 0; frame < noise.Length / Width; frame++)
            {
                live(first + (segment * sampler.Plan.Stride) + frame, noise.Slice(frame * Width, Width));
            }
        });
        var preparation = new AudioPreparation(new AudioPreparationOptions(), weights.AudioEncoder.NormalizesInput);
        var clip = new ClipSampler(sampler, AudioTokenPass.PaddingToken(device, generator));
        var pieces = new List<MotionSequence>();
        await foreach (MotionSequence piece in clip.SampleAsync(TokensAsync(), request, cancellationToken: Token))
        {
            pieces.Add(piece);
        }

        return [.. LipModulation.Apply(MotionSequence.Join(pieces), preparation.SilentFrames).Cut(preparation.SilentFrames).Values];

        async IAsyncEnumerable<AudioTokens> TokensAsync()
        {
            await foreach (AudioPiece piece in preparation.PrepareAsync(new Waveform(voice).OpenReader(), Token))
            {
                speechPass.Run(piece, Token);
                yield return new AudioTokens(speechPass.ReadTokens(), piece.Frames);
            }
        }
    }

    private static MotionRequest Request(NoiseSource noise) => new()
    {
        Options = new MotionSamplingOptions(),
        Emotion = (int)Emotion.None,
        Keypoints = new float[MotionLayout.KeypointLength],
        PreviousMotion = new float[Width],
        Noise = noise,
    };

    private double[] Openings(float[] motion, int first, int count)
    {
        MotionSequence moved = statistics.Denormalize(new MotionSequence(motion), rescaleRatio: 1);
        return [.. Enumerable.Range(first, count).Select(frame => (double)(moved.Expression(frame)[(3 * LowerLip) + 1] - moved.Expression(frame)[(3 * UpperLip) + 1]))];
    }

    private static double Change(float[] motion, int frame) =>
        Math.Sqrt(Enumerable.Range(frame * Width, Width).Average(i => Math.Pow(motion[i] - motion[i - Width], 2)));

    private static double Correlation(double[] one, double[] other)
    {
        double first = one.Average();
        double second = other.Average();
        double product = one.Zip(other, (a, b) => (a - first) * (b - second)).Sum();
        return product / Math.Sqrt(one.Sum(a => Math.Pow(a - first, 2)) * other.Sum(b => Math.Pow(b - second, 2)));
    }
}

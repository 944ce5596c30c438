using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Testing;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

public sealed class AudioPreparationTests
{
    private const int SilenceLength = 2 * Waveform.SampleRate;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Input_values_are_the_reference_s()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("e2e.tiny"));
        Waveform speech = FromPcm16(file.Read<int>("input.speech16k"));
        Waveform silence = FromPcm16(file.Read<int>("input.silence16k"));
        float[] expected = file.ReadFloat32("output.input_values");

        SpeechConditioner conditioner = new(speech.OpenReader(), SilenceMode.Post, silence.Samples[..SilenceLength]);
        float[] values = await conditioner.ReadToEndAsync(Token);
        AudioPreparation.Normalize(values);

        Assert.Equal(expected.Length, values.Length);
        Assert.InRange(RelativeError.Between(values, expected), 0, 1e-6);

        AudioPreparation preparation = new(new AudioPreparationOptions { SilentClip = silence.Samples });
        AudioPiece piece = Assert.Single(await PrepareAsync(preparation, speech));
        Assert.Equal(125, piece.Frames);
        Assert.Equal(new SilentFrames(0, 50), preparation.SilentFrames);
        Assert.Equal(125 * 640 + 80, piece.InputValues.Length);
        Assert.Equal(values[..(125 * 640)], piece.InputValues[40..^40].ToArray());
    }

    [Theory]
    [InlineData(SilenceMode.Post, 0, 50)]
    [InlineData(SilenceMode.Pre, 50, 0)]
    [InlineData(SilenceMode.Both, 50, 50)]
    [InlineData(SilenceMode.None, 0, 0)]
    public async Task Silence_stands_where_the_mode_says(SilenceMode mode, int before, int after)
    {
        AudioPreparation preparation = new(new AudioPreparationOptions { Silence = mode }, normalizes: false);
        Waveform speech = Ramp(16000);

        AudioPiece piece = Assert.Single(await PrepareAsync(preparation, speech));

        Assert.Equal(new SilentFrames(before, after), preparation.SilentFrames);
        Assert.Equal(25 + before + after, piece.Frames);
        float[] samples = piece.InputValues[40..^40].ToArray();
        int start = before * 640;
        Assert.All(samples[..start], sample => Assert.Equal(0, sample));
        Assert.All(samples[(start + 16000)..], sample => Assert.Equal(0, sample));
        Assert.All(samples[start..(start + 16000)], sample => Assert.NotEqual(0, sample));
        if (mode == SilenceMode.None)
        {
            Assert.Equal(speech.Samples.ToArray(), samples);
        }
    }

    [Fact]
    public async Task Preemphasis_starts_on_the_line_through_the_first_two_samples()
    {
        float[] x = [0.5f, 0.25f, -0.5f, 1, .. new float[636]];
        SpeechConditioner conditioner = new(new Waveform(x).OpenReader(), SilenceMode.Post, default);

        float[] y = await conditioner.ReadToEndAsync(Token);

        // 0.5 + (2 * 0.5 - 0.25) and 1 + 0.97 * 0.5 are clipped to the largest 16-bit sample.
        Assert.Equal(32767 / 32768f, y[0]);
        Assert.Equal(-0.235f, y[1], 1 / 65536f);
        Assert.Equal(-0.7425f, y[2], 1 / 65536f);
        Assert.Equal(32767 / 32768f, y[3]);
        Assert.Equal(-0.97f, y[4], 1 / 65536f);
        Assert.All(y, sample => Assert.Equal(MathF.Round(sample * 32768), sample * 32768));
    }

    [Theory]
    [InlineData(0, "holds no samples")]
    [InlineData(1, "one video frame")]
    [InlineData(160, "is 0.01 s long")]
    [InlineData(639, "one video frame")]
    public async Task Speech_shorter_than_a_frame_is_an_error_in_every_mode(int length, string message)
    {
        foreach (SilenceMode mode in Enum.GetValues<SilenceMode>())
        {
            AudioPreparation preparation = new(new AudioPreparationOptions { Silence = mode });

            AudioException error = await Assert.ThrowsAsync<AudioException>(() => PrepareAsync(preparation, Ramp(length)));

            Assert.Contains(message, error.Message);
        }
    }

    [Fact]
    public async Task One_frame_of_speech_is_enough()
    {
        AudioPreparation preparation = new(new AudioPreparationOptions { Silence = SilenceMode.None });

        AudioPiece piece = Assert.Single(await PrepareAsync(preparation, Ramp(640)));

        Assert.Equal(1, piece.Frames);
        Assert.Equal(720, piece.InputValues.Length);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Samples_that_are_not_finite_are_an_error_that_says_where(float value)
    {
        float[] samples = new float[40000];
        samples[24000] = value;

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => PrepareAsync(new AudioPreparation(), new Waveform(samples)));

        Assert.Contains("at 1.500 s", error.Message);
    }

    [Fact]
    public async Task Silence_alone_stays_finite()
    {
        AudioPiece piece = Assert.Single(await PrepareAsync(new AudioPreparation(), new Waveform(new float[16000])));

        Assert.All(piece.InputValues.ToArray(), sample => Assert.Equal(0, sample));
    }

    [Fact]
    public async Task Long_speech_comes_in_pieces_that_are_normalised_each_on_its_own()
    {
        // 150 s, louder with each minute; the last piece holds 32 s with its silence, the rest of a frame cut off.
        float[] samples = new float[150 * 16000 + 300];
        Random random = new(1);
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = (random.NextSingle() - 0.5f) * 0.1f * (1 + n / 960000);
        }

        List<AudioPiece> pieces = await PrepareAsync(new AudioPreparation(), new Waveform(samples));

        Assert.Equal([1500, 1500, 800], pieces.Select(piece => piece.Frames));
        foreach (AudioPiece piece in pieces)
        {
            float[] values = piece.InputValues[40..^40].ToArray();
            Assert.Equal(0, values.Average(), 1e-3);
            Assert.Equal(1, values.Select(value => value * value).Average(), 1e-2);
        }
    }

    [Theory]
    [InlineData(false, -60, 0.04)]
    [InlineData(false, -26, 1)]
    [InlineData(true, -60, 1)]
    public async Task Noise_after_speech_is_scaled_as_the_speech_was(bool eachPiece, double decibels, double expected)
    {
        // A minute at -20 dB, then a second and a half of noise.
        float[] samples = [.. Noise(60 * 16000, -20), .. Noise(24000, decibels)];
        AudioPreparation preparation = new(new AudioPreparationOptions { Silence = SilenceMode.None, Scaling = eachPiece ? PieceScaling.EachPiece : PieceScaling.CarriedOver });

        List<AudioPiece> pieces = await PrepareAsync(preparation, new Waveform(samples));

        Assert.Equal(1, pieces[0].Level);
        Assert.Equal(expected, pieces[1].Level, 0.002);
        Assert.Equal(expected, Deviation(pieces[1].InputValues), 0.05 * expected);
    }

    [Fact]
    public async Task Speech_after_noise_is_at_full()
    {
        AudioPreparation preparation = new(new AudioPreparationOptions { Silence = SilenceMode.None });

        List<AudioPiece> pieces = await PrepareAsync(preparation, new Waveform((float[])[.. Noise(60 * 16000, -60), .. Noise(60 * 16000, -20), .. Noise(60 * 16000, -25)]));

        Assert.Equal([1, 1, 1], pieces.Select(piece => piece.Level));
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(32768, 1)]
    [InlineData(1.9, 0)]
    public async Task Speech_far_beyond_full_scale_is_scaled_and_said(double factor, int notices)
    {
        float[] samples = [.. Noise(16000, -12).Select(sample => (float)(sample / 0.435 * factor))];
        List<string> said = [];
        AudioPreparation loud = new(new AudioPreparationOptions { OnNotice = said.Add });

        float[] scaled = (await PrepareAsync(loud, new Waveform(samples)))[0].InputValues.ToArray();

        Assert.Equal(notices, said.Count);
        if (notices > 0)
        {
            Assert.Contains("times full scale", said[0]);
            float peak = samples.Max(Math.Abs);
            float[] fitting = (await PrepareAsync(new AudioPreparation(), new Waveform(samples.Select(sample => sample / peak).ToArray())))[0].InputValues.ToArray();
            Assert.All(Enumerable.Range(0, fitting.Length), n => Assert.Equal(fitting[n], scaled[n], 1e-3));
        }
    }

    [Fact]
    public async Task A_piece_of_exactly_a_minute_is_followed_by_nothing()
    {
        AudioPreparation preparation = new(new AudioPreparationOptions { Silence = SilenceMode.None });

        Assert.Equal([1500], (await PrepareAsync(preparation, Ramp(960000))).Select(piece => piece.Frames));
        Assert.Equal([1500], (await PrepareAsync(preparation, Ramp(960639))).Select(piece => piece.Frames));
        Assert.Equal([1500, 1], (await PrepareAsync(preparation, Ramp(960640))).Select(piece => piece.Frames));
    }

    [Theory]
    [InlineData(640, 0.5, SilenceMode.None)]
    [InlineData(8000, 0.5, SilenceMode.None)]
    [InlineData(16001, 0.5, SilenceMode.None)]
    [InlineData(16000, 0.3, SilenceMode.Post)]
    [InlineData(50000, 0.7, SilenceMode.Pre)]
    [InlineData(12345, 1, SilenceMode.Both)]
    public async Task The_frames_of_some_speech_are_known_beforehand(int length, double pieceSeconds, SilenceMode silence)
    {
        var options = new AudioPreparationOptions { Silence = silence, PieceDuration = TimeSpan.FromSeconds(pieceSeconds) };
        var preparation = new AudioPreparation(options);

        List<AudioPiece> pieces = await PrepareAsync(preparation, Ramp(length));

        Assert.Equal(pieces.Sum(piece => piece.Frames), preparation.FramesOf(length));
    }

    [Fact]
    public void Padding_reflects_twice_by_half_the_side()
    {
        float[] samples = [.. Enumerable.Range(0, 640).Select(n => (float)n)];

        float[] padded = AudioPreparation.Pad(samples);

        // First 20 .. 1 before sample 0, then the outermost 20 of that mirrored: 0 .. 19 before 20.
        Assert.Equal(720, padded.Length);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(n => (float)n), .. Enumerable.Range(1, 20).Reverse().Select(n => (float)n)], padded[..40]);
        Assert.Equal(samples, padded[40..^40]);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(n => 638f - n), .. Enumerable.Range(0, 20).Select(n => 620f + n)], padded[^40..]);
    }

    [Theory]
    [InlineData(641, 641 + 4 * 20)]
    [InlineData(642, 642 + 4 * 19 + 2)]
    [InlineData(720, 720)]
    [InlineData(721, 721)]
    [InlineData(900, 900)]
    public void Padding_fills_what_is_missing_of_the_encoder_s_last_step(int length, int expected)
    {
        Assert.Equal(expected, AudioPreparation.Pad(new float[length]).Length);
    }

    [Fact]
    public void A_silent_clip_shorter_than_the_silence_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new AudioPreparation(new AudioPreparationOptions { SilentClip = Ramp(1000).Samples }));
    }

    private static async Task<List<AudioPiece>> PrepareAsync(AudioPreparation preparation, Waveform speech)
    {
        List<AudioPiece> pieces = [];
        await foreach (AudioPiece piece in preparation.PrepareAsync(speech.OpenReader(), Token))
        {
            pieces.Add(piece);
        }
        return pieces;
    }

    private static float[] Noise(int length, double decibels)
    {
        // Evenly spread samples have a deviation of a square root of three below their peak.
        Random random = new(length);
        double peak = Math.Sqrt(3) * Math.Pow(10, decibels / 20);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((2 * random.NextDouble() - 1) * peak))];
    }

    private static double Deviation(ReadOnlyMemory<float> samples) => Math.Sqrt(samples.ToArray().Average(sample => (double)sample * sample));

    private static Waveform FromPcm16(int[] samples) => new(samples.Select(sample => sample / 32768f).ToArray());

    private static Waveform Ramp(int length) =>
        new(Enumerable.Range(0, length).Select(n => 0.25f + 0.001f * (n % 100)).ToArray());
}

using System.Runtime.CompilerServices;
using Moda.Runtime.Options;

namespace Moda.Runtime.Audio;

/// <summary>
/// Makes speech ready for the audio encoder: silence, pieces of at most 60 s, zero mean and unit variance, padding.
/// Pieces come one at a time, so memory does not grow with the length of the speech.
/// </summary>
/// <remarks>Reference: <c>AudioProcessor</c> of <c>extract_features/audio_processer.py</c>.</remarks>
internal sealed class AudioPreparation
{
    /// <summary>Samples in one video frame.</summary>
    public const int SamplesPerFrame = Waveform.SampleRate / GenerationOptions.FramesPerSecond;

    /// <summary>The longest piece and the longest silence that are taken; both are kept in memory.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(1);

    // The encoder's convolutions step 320 samples and see 80 more than that: one feature more than 2 for each frame
    // would be missing without the padding.
    private const int EncoderStep = 320;
    private const int EncoderOverlap = 80;

    private const double VarianceEpsilon = 1e-7;

    /// <summary>A piece whose deviation is less than this share of the loudest one's, -12 dB, is not scaled up to full.</summary>
    private const double QuietShare = 0.25;

    private readonly AudioPreparationOptions options;
    private readonly bool normalizes;
    private readonly ReadOnlyMemory<float> silence;
    private readonly int pieceLength;

    /// <summary>Prepares speech by the reference's defaults.</summary>
    public AudioPreparation()
        : this(new AudioPreparationOptions())
    {
    }

    /// <summary>Prepares speech.</summary>
    /// <param name="options">The silence around it, and the length and loudness of its pieces.</param>
    /// <param name="normalizes">
    /// Whether each piece is brought to zero mean and unit variance, which the audio encoder's checkpoint asks for (<c>do_normalize</c> of
    /// preprocessor_config.json).
    /// </param>
    /// <exception cref="ArgumentException">The silent clip is shorter than the silence, or a duration is out of range.</exception>
    public AudioPreparation(AudioPreparationOptions options, bool normalizes = true)
    {
        options.Validate();
        this.options = options;
        this.normalizes = normalizes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.PieceDuration, LongestDuration, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SilenceDuration, LongestDuration, nameof(options));
        pieceLength = (int)(options.PieceDuration.TotalSeconds * Waveform.SampleRate);
        if (options.Silence == SilenceMode.None)
        {
            return;
        }
        int silenceLength = (int)(options.SilenceDuration.TotalSeconds * Waveform.SampleRate);
        ReadOnlyMemory<float> clip = options.SilentClip ?? new float[silenceLength];
        if (clip.Length < silenceLength)
        {
            throw new ArgumentException(
                $"The silent clip has {clip.Length} samples, fewer than the {silenceLength} of the silence of {options.SilenceDuration}.", nameof(options));
        }
        silence = clip[..silenceLength];
        int frames = silenceLength / SamplesPerFrame;
        SilentFrames = new SilentFrames(
            options.Silence is SilenceMode.Pre or SilenceMode.Both ? frames : 0,
            options.Silence is SilenceMode.Post or SilenceMode.Both ? frames : 0);
    }

    /// <summary>The most samples of a piece.</summary>
    public int PieceLength => pieceLength;

    /// <summary>The video frames that the added silence takes.</summary>
    public SilentFrames SilentFrames { get; }

    /// <summary>Prepares speech piece by piece.</summary>
    /// <param name="speech">Read to its end; the caller disposes it.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="AudioException">The speech is empty, shorter than a video frame, or holds samples that are not finite.</exception>
    public async IAsyncEnumerable<AudioPiece> PrepareAsync(
        ISampleReader speech, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ISampleReader conditioned = new SpeechConditioner(speech, options.Silence, silence, options.OnNotice);
        float[] samples = new float[pieceLength];
        double loudest = 0;
        int read;
        do
        {
            read = await conditioned.FillAsync(samples, cancellationToken).ConfigureAwait(false);
            int frames = read / SamplesPerFrame;
            if (frames > 0)
            {
                float level = Level(samples.AsSpan(0, read), ref loudest);
                if (normalizes)
                {
                    Normalize(samples.AsSpan(0, read), level);
                }
                yield return new AudioPiece(Pad(samples.AsSpan(0, frames * SamplesPerFrame)), frames, level);
            }
        }
        while (read == samples.Length);
    }

    /// <summary>Brings samples to zero mean and unit variance, in place: <c>(x - mean) / sqrt(variance + 1e-7)</c>.</summary>
    /// <param name="samples">One whole piece.</param>
    public static void Normalize(Span<float> samples) => Normalize(samples, level: 1);

    private static void Normalize(Span<float> samples, float level)
    {
        (double mean, double variance) = MeanAndVariance(samples);
        double scale = level / Math.Sqrt(variance + VarianceEpsilon);
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = (float)((samples[n] - mean) * scale);
        }
    }

    /// <summary>The loudness that a piece is left at, after pieces of which the loudest is given.</summary>
    private float Level(ReadOnlySpan<float> samples, ref double loudest)
    {
        if (options.Scaling == PieceScaling.EachPiece)
        {
            return 1;
        }
        double deviation = Math.Sqrt(MeanAndVariance(samples).Variance);
        loudest = Math.Max(loudest, deviation);
        return deviation < QuietShare * loudest ? (float)(deviation / (QuietShare * loudest)) : 1;
    }

    private static (double Mean, double Variance) MeanAndVariance(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += sample;
        }
        double mean = sum / samples.Length;
        double squares = 0;
        foreach (float sample in samples)
        {
            squares += (sample - mean) * (sample - mean);
        }
        return (mean, squares / samples.Length);
    }

    /// <summary>How many samples there are once they are padded.</summary>
    /// <param name="length">How many there are before.</param>
    public static int PaddedLength(int length)
    {
        (int half, int odd) = Padding(length);
        return length + (2 * ((2 * half) + odd));
    }

    /// <summary>
    /// Pads samples at both ends so that the encoder gives a feature for each of their steps of 320: by reflection, twice by
    /// half the side, and by one repeated sample where the side is odd.
    /// </summary>
    /// <param name="samples">At least 41, and more than half the side.</param>
    /// <returns>The padded samples; a copy where no padding is due.</returns>
    public static float[] Pad(ReadOnlySpan<float> samples)
    {
        float[] padded = GC.AllocateUninitializedArray<float>(PaddedLength(samples.Length));
        Pad(samples, padded);
        return padded;
    }

    /// <summary>Pads samples into memory that is there.</summary>
    /// <param name="samples">As for <see cref="Pad(ReadOnlySpan{float})"/>.</param>
    /// <param name="padded"><see cref="PaddedLength"/> samples, written.</param>
    public static void Pad(ReadOnlySpan<float> samples, Span<float> padded)
    {
        (int half, int odd) = Padding(samples.Length);
        int start = 2 * half + odd;
        samples.CopyTo(padded[start..]);
        Extend(padded.Slice(half + odd, samples.Length + 2 * half), half, reflect: true);
        Extend(padded.Slice(odd, samples.Length + 4 * half), half, reflect: true);
        Extend(padded, odd, reflect: false);
    }

    // Half of the side, and whether one sample is left over.
    private static (int Half, int Odd) Padding(int length)
    {
        int steps = length / EncoderStep;
        int side = Math.Max(0, (int)Math.Ceiling((EncoderStep * steps + EncoderOverlap - length) / 2.0));
        return (side / 2, side % 2);
    }

    // Writes the first and the last samples: mirrored about the outermost of those between, or that one repeated.
    private static void Extend(Span<float> samples, int count, bool reflect)
    {
        Span<float> inner = samples[count..^count];
        for (int distance = 1; distance <= count; distance++)
        {
            int mirrored = reflect ? distance : 0;
            samples[count - distance] = inner[mirrored];
            samples[^(count - distance + 1)] = inner[^(1 + mirrored)];
        }
    }
}

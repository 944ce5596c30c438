using System.Runtime.CompilerServices;
using Moda.Runtime.Options;

namespace Moda.Runtime.Audio;

/// <summary>
/// Prepares speech for the audio encoder: adds silence, cuts pieces of at most 60 s, normalises them to zero mean and unit variance, and
/// pads them. It yields one piece at a time, so memory does not grow with the length of the speech.
/// </summary>
/// <remarks>Reference: <c>AudioProcessor</c> of <c>extract_features/audio_processer.py</c>.</remarks>
internal sealed class AudioPreparation
{
    /// <summary>Audio samples per video frame.</summary>
    public const int SamplesPerFrame = Waveform.SampleRate / GenerationOptions.FramesPerSecond;

    /// <summary>The longest piece and the longest silence that are allowed. Both are kept in memory.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(1);

    // The encoder's convolutions have a step of 320 samples and a window of 400. Padding by 80 samples gives exactly 2 features for each
    // video frame.
    private const int EncoderStep = 320;
    private const int EncoderOverlap = 80;

    private const double VarianceEpsilon = 1e-7;

    /// <summary>A piece whose standard deviation is below this share (-12 dB) of the loudest piece's is not scaled to full loudness.</summary>
    private const double QuietShare = 0.25;

    private readonly AudioPreparationOptions options;
    private readonly bool normalizes;
    private readonly ReadOnlyMemory<float> silence;
    private readonly int pieceLength;

    /// <summary>Uses the reference's defaults.</summary>
    public AudioPreparation()
        : this(new AudioPreparationOptions())
    {
    }

    /// <summary>Uses the given options.</summary>
    /// <param name="options">The silence around it, and the length and loudness of its pieces.</param>
    /// <param name="normalizes">
    /// Whether each piece is normalised to zero mean and unit variance. The audio encoder's checkpoint decides this (<c>do_normalize</c> in
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

    /// <summary>The largest number of samples in a piece.</summary>
    public int PieceLength => pieceLength;

    /// <summary>The number of video frames of the added silence.</summary>
    public SilentFrames SilentFrames { get; }

    /// <summary>How many samples there are with the added silence.</summary>
    /// <param name="speech">Samples of the speech.</param>
    public long WithSilence(long speech) => speech + (options.Silence switch
    {
        SilenceMode.None => 0,
        SilenceMode.Both => 2 * silence.Length,
        _ => silence.Length,
    });

    /// <summary>How many video frames there are with the added silence. What is left of a piece behind its last whole frame is dropped.</summary>
    /// <param name="speech">Samples of the speech.</param>
    public int FramesOf(long speech)
    {
        (long pieces, long rest) = Math.DivRem(WithSilence(speech), pieceLength);
        return (int)((pieces * (pieceLength / SamplesPerFrame)) + (rest / SamplesPerFrame));
    }

    /// <summary>Prepares speech piece by piece.</summary>
    /// <param name="speech">The speech, which is read to its end. The caller disposes it.</param>
    /// <param name="cancellationToken">Cancels between reads.</param>
    /// <exception cref="AudioException">The speech is empty, shorter than a video frame, or holds NaN or infinite samples.</exception>
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

    /// <summary>Normalises samples to zero mean and unit variance, in place: <c>(x - mean) / sqrt(variance + 1e-7)</c>.</summary>
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

    /// <summary>The loudness of a piece, relative to the loudest piece so far.</summary>
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
    /// Pads samples at both ends, so that the encoder gives one feature for each step of 320 samples. Each end is padded twice by
    /// reflection of half its padding, and by one repeated sample when the padding is odd.
    /// </summary>
    /// <param name="samples">At least 41 samples, and more than half the padding of one end.</param>
    /// <returns>The padded samples; an unchanged copy when no padding is needed.</returns>
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

    // Writes the first and the last samples: either mirrored at the outermost inner sample, or copies of that sample.
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

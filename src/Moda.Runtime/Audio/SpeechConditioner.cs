using Moda.Runtime.Options;

namespace Moda.Runtime.Audio;

/// <summary>
/// Adds silence around speech in the same way as the reference, which writes a temporary file of 16-bit samples and reads it back:
/// pre-emphasis of the speech, silence, rounding to 16 bits. With <see cref="SilenceMode.None"/> the speech passes unchanged. NaN or
/// infinite samples, and speech shorter than one video frame, are errors. Speech far beyond full scale, which 16 bits would clip, is scaled
/// by its largest peak so far, found by reading a minute ahead.
/// </summary>
/// <remarks>Reference: <c>AudioProcessor.add_silent_audio</c>. The pre-emphasis is that of librosa.</remarks>
internal sealed class SpeechConditioner : ISampleReader
{
    private const float Preemphasis = 0.97f;
    private const float FullScale = 32768;
    private const int BlockLength = 8192;
    private const int LookAheadLength = 60 * Waveform.SampleRate;

    /// <summary>Peaks up to this value are clipped to 1, as in the reference. Audio encoders often overshoot a little.</summary>
    private const float LargestPeak = 2;

    private readonly ISampleReader speech;
    private readonly SilenceMode mode;
    private readonly ReadOnlyMemory<float> silence;
    private readonly Action<string>? onNotice;
    private readonly float[] block;
    private Stage stage = Stage.SilenceBefore;
    private ReadOnlyMemory<float> ready;
    private long speechLength;
    private float previous;
    private float peak = LargestPeak;

    /// <summary>Wraps speech.</summary>
    /// <param name="speech">Speech at 16 kHz. The new object disposes it.</param>
    /// <param name="mode">Where silence is added.</param>
    /// <param name="silence">The samples that are added in each place, at 16 kHz.</param>
    /// <param name="onNotice">Called once when the speech is far beyond full scale. May be null.</param>
    public SpeechConditioner(ISampleReader speech, SilenceMode mode, ReadOnlyMemory<float> silence, Action<string>? onNotice = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(speech.SampleRate, Waveform.SampleRate);
        this.speech = speech;
        this.mode = mode;
        this.onNotice = onNotice;
        block = new float[mode == SilenceMode.None ? BlockLength : LookAheadLength];
        if (mode != SilenceMode.None)
        {
            float[] quantized = silence.ToArray();
            Quantize(quantized);
            this.silence = quantized;
        }
    }

    private enum Stage
    {
        SilenceBefore,
        Speech,
        SilenceAfter,
        End,
    }

    /// <inheritdoc/>
    public string Description => speech.Description;

    /// <inheritdoc/>
    public int SampleRate => Waveform.SampleRate;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        while (ready.IsEmpty && stage != Stage.End)
        {
            await AdvanceAsync(cancellationToken).ConfigureAwait(false);
        }
        int count = Math.Min(ready.Length, destination.Length);
        ready[..count].CopyTo(destination);
        ready = ready[count..];
        return count;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => speech.DisposeAsync();

    private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        switch (stage)
        {
            case Stage.SilenceBefore:
                ready = mode is SilenceMode.Pre or SilenceMode.Both ? silence : default;
                stage = Stage.Speech;
                break;
            case Stage.Speech:
                int read = await speech.FillAsync(block, cancellationToken).ConfigureAwait(false);
                SampleChecks.RequireFinite(
                    Description, block.AsSpan(0, read), TimeSpan.FromSeconds((double)speechLength / Waveform.SampleRate), Waveform.SampleRate);
                MeasurePeak(block.AsSpan(0, read));
                if (mode != SilenceMode.None && read > 0)
                {
                    ScaleToPeak(block.AsSpan(0, read));
                    Emphasize(block.AsSpan(0, read));
                    Quantize(block.AsSpan(0, read));
                }
                speechLength += read;
                ready = block.AsMemory(0, read);
                if (read < block.Length)
                {
                    SampleChecks.RequireFrame(Description, speechLength, Waveform.SampleRate);
                    stage = Stage.SilenceAfter;
                }
                break;
            default:
                ready = mode is SilenceMode.Post or SilenceMode.Both ? silence : default;
                stage = Stage.End;
                break;
        }
    }

    private void MeasurePeak(ReadOnlySpan<float> samples)
    {
        bool isFirst = peak == LargestPeak;
        peak = Math.Max(peak, SamplePeak.Of(samples));
        if (isFirst && peak > LargestPeak)
        {
            onNotice?.Invoke(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{Description} is far too loud: its peaks reach {peak:0.#} times full scale. It is scaled to fit for the lips; export it again for a clean sound."));
        }
    }

    private void ScaleToPeak(Span<float> samples)
    {
        if (peak <= LargestPeak)
        {
            return;
        }
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] /= peak;
        }
    }

    // y[n] = x[n] - 0.97 x[n - 1]; x[-1] continues the line through the first two samples.
    private void Emphasize(Span<float> samples)
    {
        float fromPrevious = -Preemphasis * previous;
        if (speechLength == 0)
        {
            fromPrevious = samples.Length > 1 ? 2 * samples[0] - samples[1] : 0;
        }
        previous = samples[^1];
        for (int n = 0; n < samples.Length; n++)
        {
            float sample = samples[n];
            samples[n] = sample + fromPrevious;
            fromPrevious = -Preemphasis * sample;
        }
    }

    private static void Quantize(Span<float> samples)
    {
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = Math.Clamp(MathF.Round(samples[n] * FullScale), -FullScale, FullScale - 1) / FullScale;
        }
    }
}

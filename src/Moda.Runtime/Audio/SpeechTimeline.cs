namespace Moda.Runtime.Audio;

/// <summary>
/// The sound of a live session frame by frame, as the audio encoder hears it: a while of what lies behind the next frame, the next frames as
/// far as they are known, and a second beyond. Frames in which nobody speaks hold zeros.
/// </summary>
/// <remarks>
/// The encoder looks at all of a sound at once and was trained on whole ones. Where a sound breaks off its last frames are encoded as the end
/// of an utterance. So speech whose continuation is not known yet is continued by its own echo, backwards: then lips that follow it
/// correlate by 0.971 with those that knew it all, and by 0.963 without.
/// </remarks>
/// <param name="frames">Frames that are encoded, up to the last that comes.</param>
/// <param name="normalizes">Whether the audio encoder wants zero mean and unit variance.</param>
internal sealed class SpeechTimeline(int frames, bool normalizes)
{
    /// <summary>Frames beyond those that are encoded.</summary>
    public const int Beyond = 25;

    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    private readonly float[] past = new float[frames * FrameLength];
    private readonly float[] window = new float[(frames + Beyond) * FrameLength];
    private readonly float[] padded = new float[AudioPreparation.PaddedLength((frames + Beyond) * FrameLength)];

    /// <summary>Bytes of host memory that it holds.</summary>
    public long ByteLength => sizeof(float) * ((long)past.Length + window.Length + padded.Length);

    /// <summary>Goes on by sound that belongs to the past now.</summary>
    /// <param name="samples">Whole frames.</param>
    public void Advance(ReadOnlySpan<float> samples)
    {
        past.AsSpan(samples.Length).CopyTo(past);
        samples.CopyTo(past.AsSpan(past.Length - samples.Length));
    }

    /// <summary>What the encoder hears.</summary>
    /// <param name="coming">The sound of the next frames, as far as it is known; at most so many and a second.</param>
    /// <param name="count">How many frames come.</param>
    /// <param name="isWhole">Whether silence follows the sound; else what follows is not known.</param>
    /// <param name="statistics">The voice's.</param>
    /// <returns>A piece whose first <c>frames</c> frames end with those that come. Valid until the next one is asked for.</returns>
    public AudioPiece Hear(ReadOnlySpan<float> coming, int count, bool isWhole, SampleStatistics statistics)
    {
        ReadOnlySpan<float> before = past.AsSpan(count * FrameLength);
        before.CopyTo(window);
        coming.CopyTo(window.AsSpan(before.Length));
        int known = before.Length + coming.Length;
        Span<float> unknown = window.AsSpan(known);
        for (int n = 0; n < unknown.Length; n++)
        {
            unknown[n] = isWhole ? 0 : window[known - 1 - n];
        }

        if (normalizes)
        {
            float mean = (float)statistics.Mean;
            float scale = (float)(1 / Math.Sqrt(statistics.Variance));
            foreach (ref float sample in window.AsSpan())
            {
                sample = (sample - mean) * scale;
            }
        }

        AudioPreparation.Pad(window, padded);
        return new AudioPiece(padded, frames + Beyond) { Statistics = normalizes ? statistics.Normalized() : statistics };
    }
}

using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Sessions;

/// <summary>
/// The motion of a live session: each window is sampled from what has been heard, and goes on from the frames that are shown already. It
/// knows no time: whoever asks says how many frames are due.
/// </summary>
/// <remarks>
/// Of a window's new frames the last <c>lookAhead</c> are not final while speech goes on, since what follows them was not heard; they are
/// sampled again by the next window. Silence is known for as long as wanted, so that a window without speech lasts long.
/// </remarks>
internal sealed class LiveWindow
{
    private const int BlendedFrames = 2;

    // Of a smoothed pose, whose mean of three frames is taken twice.
    private const int SmoothedFrames = 2;
    private const int Width = MotionLayout.Width;
    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    private readonly WindowSampler sampler;
    private readonly SpeechEncoding encode;
    private readonly SpeechBuffer speech;
    private readonly int lookAhead;
    private readonly SpeechTimeline timeline;
    private readonly RunningStatistics statistics;
    private readonly int channels;
    private readonly float[] coming;

    // [frames, C]: of what was encoded last; of the window; of the latest frames that are final, as they were made. They are not encoded again.
    private readonly float[] encoded;
    private readonly float[] tokens;
    private readonly float[] kept;

    // The frames that were sampled and not taken: as they came, and with a smooth pose. Those of speech come first.
    private float[] sampled;
    private float[] foreseen;
    private readonly float[] smoothed;
    private int start;
    private int end;
    private int final;
    private int spoken;
    private int interruptions;
    private int measured;

    /// <summary>Begins without a past.</summary>
    /// <param name="sampler">Samples the motion.</param>
    /// <param name="encode">Encodes speech.</param>
    /// <param name="speech">What is to be said.</param>
    /// <param name="encoder">What the audio encoder needs.</param>
    /// <param name="lookAhead">Frames that must have been heard beyond a frame of speech.</param>
    public LiveWindow(WindowSampler sampler, SpeechEncoding encode, SpeechBuffer speech, LiveEncoder encoder, int lookAhead)
    {
        this.sampler = sampler;
        this.encode = encode;
        this.speech = speech;
        this.lookAhead = lookAhead;
        timeline = new SpeechTimeline(sampler.Length, encoder.Normalizes);
        statistics = new RunningStatistics(encoder.WindowLength);
        channels = encoder.TokenChannels;
        encoded = new float[(sampler.Length + SpeechTimeline.Beyond) * channels];
        tokens = new float[sampler.Length * channels];
        kept = new float[sampler.Length * channels];
        coming = new float[(MostNew + SpeechTimeline.Beyond) * FrameLength];
        sampled = new float[sampler.Length * Width];
        foreseen = new float[sampler.Length * Width];
        smoothed = new float[(SmoothedFrames + sampler.Length) * Width];
    }

    /// <summary>Bytes of host memory that it holds.</summary>
    public long ByteLength => sizeof(float) * ((long)coming.Length + encoded.Length + (2 * tokens.Length) + smoothed.Length + (4 * sampled.Length)) + timeline.ByteLength;

    /// <summary>New frames of a window at the most; the others are held.</summary>
    private int MostNew => sampler.Length / 2;

    /// <summary>Lets the face be silent for a window's time, which is not shown: the first frame that is shown goes on from there.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await encode(timeline.Hear([], 0, isWhole: true, statistics.Snapshot()), encoded, cancellationToken).ConfigureAwait(false);
        encoded.AsSpan(0, kept.Length).CopyTo(kept);
        ReadOnlyMemory<float> motion = await sampler.SampleAsync(kept, sampler.Length, cancellationToken).ConfigureAwait(false);
        sampler.Keep(motion.Span);
    }

    /// <summary>Makes the next frames, or finds them made.</summary>
    /// <param name="state">How the speech stands.</param>
    /// <param name="speaks">Whether the next frame says the next frame of the speech; there must be one then.</param>
    /// <param name="isWhole">Whether silence follows what was written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask PrepareAsync(SpeechState state, bool speaks, bool isWhole, CancellationToken cancellationToken)
    {
        if (state.Interruptions != interruptions)
        {
            interruptions = state.Interruptions;
            measured = 0;
        }
        else if (start < final && speaks == spoken > 0)
        {
            return;
        }

        bool isSilent = !speaks || isWhole;
        int count = isSilent ? MostNew : Math.Min(state.Frames, MostNew);
        int heard = speaks ? speech.Peek(coming.AsSpan(0, (count + SpeechTimeline.Beyond) * FrameLength)) : 0;
        isSilent |= heard < count;
        Measure(heard);
        AudioPiece piece = timeline.Hear(coming.AsSpan(0, heard * FrameLength), count, isSilent, statistics.Snapshot());
        await encode(piece, encoded, cancellationToken).ConfigureAwait(false);
        kept.AsSpan(count * channels).CopyTo(tokens);
        int held = (sampler.Length - count) * channels;
        encoded.AsSpan(held, count * channels).CopyTo(tokens.AsSpan(held));
        ReadOnlyMemory<float> motion = await sampler.SampleAsync(tokens, count, cancellationToken).ConfigureAwait(false);
        (sampled, foreseen) = (foreseen, sampled);
        motion.Span.CopyTo(sampled);
        Blend(foreseen.AsSpan(start * Width, (end - start) * Width), sampled.AsSpan(0, count * Width));
        (start, end, spoken) = (0, count, Math.Min(heard, count));
        final = count - (isSilent ? SmoothedFrames : lookAhead);
        Smooth();
    }

    /// <summary>Takes the next frames; they are final from now on.</summary>
    /// <param name="most">How many are wanted.</param>
    /// <param name="positions">Told for each where the sound begins that belongs to it; null for none.</param>
    /// <returns>At least one; normalised.</returns>
    public MotionSequence Take(int most, Action<long?> positions)
    {
        int count = Math.Min(most, final - start);
        var motion = new MotionSequence(smoothed.AsSpan((SmoothedFrames + start) * Width, count * Width).ToArray());
        for (int frame = 0; frame < count; frame++)
        {
            Span<float> sound = coming.AsSpan(0, FrameLength);
            sound.Clear();
            long? position = null;
            if (spoken > 0)
            {
                position = speech.Take(sound, interruptions);
                spoken--;
                measured--;
            }

            positions(position);
            timeline.Advance(sound);
        }

        sampler.Keep(sampled.AsSpan(start * Width, count * Width));
        kept.AsSpan(count * channels).CopyTo(kept);
        tokens.AsSpan((sampler.Length - end + start) * channels, count * channels).CopyTo(kept.AsSpan(kept.Length - (count * channels)));
        start += count;
        return motion;
    }

    private void Measure(int heard)
    {
        for (measured = Math.Max(measured, 0); measured < heard; measured++)
        {
            statistics.Add(coming.AsSpan(measured * FrameLength, FrameLength));
        }
    }

    // The new frames come out of those that the window before had foreseen in their place.
    private static void Blend(ReadOnlySpan<float> before, Span<float> frames)
    {
        for (int i = 0; i < Math.Min(Math.Min(before.Length, frames.Length), BlendedFrames * Width); i++)
        {
            float share = ((i / Width) + 1f) / (BlendedFrames + 1);
            frames[i] = (before[i] * (1 - share)) + (frames[i] * share);
        }
    }

    // As motion that is joined from segments: twice the mean of three frames, here with the frames before.
    private void Smooth()
    {
        sampler.Latest(SmoothedFrames).CopyTo(smoothed);
        sampled.AsSpan(0, end * Width).CopyTo(smoothed.AsSpan(SmoothedFrames * Width));
        Span<float> all = smoothed.AsSpan(0, (SmoothedFrames + end) * Width);
        PoseSmoothing.Apply(all);
        PoseSmoothing.Apply(all);
    }
}

/// <summary>Encodes speech as the motion generator's tokens.</summary>
/// <param name="piece">The speech.</param>
/// <param name="tokens">[frames, C], written.</param>
/// <param name="cancellationToken">Ends it.</param>
internal delegate Task SpeechEncoding(AudioPiece piece, Memory<float> tokens, CancellationToken cancellationToken);

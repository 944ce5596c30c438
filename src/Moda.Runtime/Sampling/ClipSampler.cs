using System.Runtime.CompilerServices;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Audio;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Samples the motion of a clip of any length (<c>MotionDiffusion.sample</c>). Audio is taken piece by piece; only the frames of one
/// segment are kept.
/// </summary>
public sealed class ClipSampler
{
    private readonly MotionSampler sampler;

    /// <summary>Samples with a sampler of segments, which the caller owns.</summary>
    public ClipSampler(MotionSampler sampler) => this.sampler = sampler;

    /// <summary>Samples a clip.</summary>
    /// <param name="audio">Pieces of the audio embedding, in order.</param>
    /// <param name="conditions">Emotion and face.</param>
    /// <param name="noise">The noise of each segment.</param>
    /// <param name="progress">Told the frames that have been sampled, after each segment; null for nobody.</param>
    /// <param name="cancellationToken">Stops within one op.</param>
    /// <returns>Normalised motion, a frame for each frame of audio.</returns>
    /// <exception cref="ArgumentException">There is no audio, or it was made by another audio encoder than the network's.</exception>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    public async Task<MotionSequence> SampleAsync(
        IAsyncEnumerable<AudioEmbedding> audio,
        ClipConditions conditions,
        NoiseSource noise,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var pieces = new List<MotionSequence>();
        await foreach (MotionSequence piece in SamplePiecesAsync(audio, conditions, noise, progress, cancellationToken).ConfigureAwait(false))
        {
            pieces.Add(piece);
        }

        return MotionSequence.Join(pieces);
    }

    /// <summary>Samples a clip as <see cref="SampleAsync"/> does, and gives its frames as soon as they are final: some after each segment.</summary>
    /// <param name="audio">Pieces of the audio embedding, in order.</param>
    /// <param name="conditions">Emotion and face.</param>
    /// <param name="noise">The noise of each segment.</param>
    /// <param name="progress">Told the frames that have been sampled, after each segment; null for nobody.</param>
    /// <param name="cancellationToken">Stops within one op.</param>
    /// <returns>Normalised motion; all pieces together have a frame for each frame of audio.</returns>
    /// <exception cref="ArgumentException">There is no audio, or it was made by another audio encoder than the network's.</exception>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    public async IAsyncEnumerable<MotionSequence> SamplePiecesAsync(
        IAsyncEnumerable<AudioEmbedding> audio,
        ClipConditions conditions,
        NoiseSource noise,
        IProgress<int>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        sampler.BeginClip(conditions.Emotion, conditions.Keypoints.Span, cancellationToken);
        var joiner = new SegmentJoiner(sampler.Plan, conditions.PreviousMotion.Span);
        var window = new AudioWindow(sampler.Plan, sampler.AudioChannels);
        int segments = 0;
        int frames = 0;
        await foreach (AudioEmbedding piece in audio.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            for (int taken = 0; taken < piece.Frames;)
            {
                int count = window.Take(piece, taken);
                taken += count;
                frames += count;
                if (window.IsFull)
                {
                    SampleSegment();
                    yield return joiner.TakeFinished();
                }
            }
        }

        if (frames == 0)
        {
            throw new ArgumentException("There is no audio to sample motion for.", nameof(audio));
        }

        if (segments < sampler.Plan.Count(frames))
        {
            window.Pad();
            SampleSegment();
        }

        yield return joiner.Complete(frames);

        void SampleSegment()
        {
            float[] segmentNoise = new float[sampler.Plan.Length * MotionLayout.Width];
            float[] motion = new float[segmentNoise.Length];
            noise(segments, segmentNoise);
            sampler.SampleSegment(window.Frames, joiner.PreviousMotion, segmentNoise, motion, cancellationToken);
            joiner.Add(motion);
            window.Advance();
            segments++;
            progress?.Report(frames);
        }
    }
}

using System.Runtime.CompilerServices;
using Moda.Runtime.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Samples the motion of a clip of any length (<c>MotionDiffusion.sample</c>). Audio is taken piece by piece; only the frames of one
/// segment are kept.
/// </summary>
/// <param name="sampler">Samples the segments.</param>
/// <param name="paddingToken">[C]: the token of a frame that there is no audio for.</param>
internal sealed class ClipSampler(ISegmentSampler sampler, float[] paddingToken)
{
    /// <summary>Samples a clip and gives its frames as soon as they are final: some after each segment.</summary>
    /// <param name="audio">Pieces of the speech, in order.</param>
    /// <param name="conditions">Emotion, face, noise, guidance.</param>
    /// <param name="sampled">Told the frames of audio that have been heard, after each segment.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    /// <returns>Normalised motion; all pieces together have a frame for each frame of audio.</returns>
    /// <exception cref="ArgumentException">There is no audio.</exception>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    public async IAsyncEnumerable<MotionSequence> SampleAsync(
        IAsyncEnumerable<AudioTokens> audio,
        MotionRequest conditions,
        Action<int>? sampled = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var joiner = new SegmentJoiner(sampler.Plan, conditions.PreviousMotion.Span);
        var window = new AudioWindow(sampler.Plan, paddingToken);
        int segments = 0;
        int frames = 0;
        await foreach (AudioTokens piece in audio.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            for (int taken = 0; taken < piece.Frames;)
            {
                int count = window.Take(piece, taken);
                taken += count;
                frames += count;
                if (window.IsFull)
                {
                    await SampleSegmentAsync().ConfigureAwait(false);
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
            await SampleSegmentAsync().ConfigureAwait(false);
        }

        yield return joiner.Complete(frames);

        async Task SampleSegmentAsync()
        {
            float[] noise = new float[sampler.Plan.Length * MotionLayout.Width];
            float[] motion = new float[noise.Length];
            conditions.Noise(segments, noise);
            var segment = new SegmentInput
            {
                Options = conditions.Options,
                Emotion = conditions.Emotion,
                Keypoints = conditions.Keypoints,
                AudioTokens = window.Frames,
                PreviousMotion = joiner.PreviousMotion,
                Noise = noise,
                Motion = motion,
            };
            await sampler.SampleAsync(segment, cancellationToken).ConfigureAwait(false);
            joiner.Add(motion);
            window.Advance();
            segments++;
            sampled?.Invoke(frames);
        }
    }
}

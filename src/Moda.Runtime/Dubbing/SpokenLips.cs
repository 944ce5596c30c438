using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Dubbing;

/// <summary>Drives the lips of a video's faces by voices, all of whose motion is generated before the first frame.</summary>
internal sealed class SpokenLips : IVideoDriver
{
    private readonly SessionContext context;
    private readonly LoadedVideo video;
    private readonly DubbingOptions options;
    private readonly VoiceMotion[] motions;
    private volatile IReadOnlyList<TimeSpan>? frameTimes;
    private volatile VideoLips[] lips = [];

    /// <summary>Prepares a dub.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="video">The video.</param>
    /// <param name="portraits">Its faces as they are first seen; the clip holds a lease of each.</param>
    /// <param name="voices">The voice of each face, mono samples at 16 kHz; the caller owns them.</param>
    /// <param name="options">How.</param>
    public SpokenLips(
        SessionContext context,
        LoadedVideo video,
        IReadOnlyList<LoadedPortrait> portraits,
        IReadOnlyList<ISampleReader> voices,
        DubbingOptions options)
    {
        this.context = context;
        this.video = video;
        this.options = options;
        IReadOnlyList<ISampleReader> fitted = Fit(voices);
        motions = [.. portraits.Select((portrait, face) => new VoiceMotion(context, portrait, fitted[face], options.Generation, Times))];
    }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => motions.Sum(motion => motion.HostBytes) + lips.Sum(face => face.ByteLength);

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan>? FrameTimes => frameTimes;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TimeSpan>> BeginAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // All faces have as many frames, so that one of them tells how far they have come. The first failure ends the others.
        MotionSequence[] spoken = await Task.WhenAll(motions.Select(
            (motion, face) => SpeakAsync(motion, clip, face == 0 ? progress : null, together))).ConfigureAwait(false);
        IReadOnlyList<TimeSpan> times = TimesOf(spoken[0]);
        lips = [.. spoken.Select(motion => VideoLips.At(motion, times, options.Generation.Driving, context.Stitching))];
        frameTimes = times;
        return times;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<float> Drive(int frame, int face, LoadedPortrait portrait, FaceLandmarks landmarks) =>
        lips[face].Drive(frame, portrait.Source, landmarks.Points);

    private async Task<MotionSequence> SpeakAsync(
        VoiceMotion motion, ClipSession clip, IProgress<GenerationProgress>? progress, CancellationTokenSource together)
    {
        try
        {
            var pieces = new List<MotionSequence>();
            await foreach (MotionSequence piece in motion.GenerateAsync(clip, isWhole: true, progress, together.Token).ConfigureAwait(false))
            {
                pieces.Add(piece);
            }

            var spoken = MotionSequence.Join(pieces);
            options.Generation.Observer?.ReceiveMotion(spoken.Values);
            return spoken;
        }
        catch
        {
            await together.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Voices of equal length: that of the video, or that of the longest voice.
    private IReadOnlyList<ISampleReader> Fit(IReadOnlyList<ISampleReader> voices)
    {
        long samples = (long)Math.Ceiling(video.Duration.TotalSeconds * Waveform.SampleRate);
        if (options.Length == DubbingLength.Video)
        {
            return [.. voices.Select(voice => new FittedVoice(voice, samples, samples))];
        }

        var joint = new JointVoices();
        IEnumerable<ISampleReader> together = voices.Select(joint.Add);
        return options.Length == DubbingLength.Audio ? [.. together] : [.. together.Select(voice => new FittedVoice(voice, 0, samples))];
    }

    // When the frames of the dub are shown: those of the video, up to the voice's end or beyond its own as is asked for.
    private IReadOnlyList<TimeSpan> TimesOf(MotionSequence spoken)
    {
        if (options.Length == DubbingLength.Video)
        {
            return video.Times;
        }

        TimeSpan end = TimeSpan.FromSeconds((double)spoken.Frames / GenerationOptions.FramesPerSecond);
        var kept = video.Times.TakeWhile(time => time < end).ToList();
        TimeSpan step = video.Format.TimestampOf(1);
        for (TimeSpan next = video.Times[^1] + step; options.Length == DubbingLength.Audio && kept.Count >= video.Times.Count && next < end; next += step)
        {
            kept.Add(next);
        }

        return kept;
    }
}

using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Dubbing;

/// <summary>Drives the lips of a video by a voice, all of whose motion is generated before the first frame.</summary>
internal sealed class SpokenLips : IVideoDriver
{
    private readonly SessionContext context;
    private readonly LoadedVideo video;
    private readonly DubbingOptions options;
    private readonly VoiceMotion motion;
    private volatile IReadOnlyList<TimeSpan>? frameTimes;
    private volatile VideoLips? lips;

    /// <summary>Prepares a dub.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="video">The video.</param>
    /// <param name="portrait">Its first face, whose lips are generated; the clip holds a lease.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    public SpokenLips(SessionContext context, LoadedVideo video, LoadedPortrait portrait, ISampleReader voice, DubbingOptions options)
    {
        this.context = context;
        this.video = video;
        this.options = options;
        long samples = (long)Math.Ceiling(video.Duration.TotalSeconds * Waveform.SampleRate);
        ISampleReader fitted = options.Length switch
        {
            DubbingLength.Video => new FittedVoice(voice, samples, samples),
            DubbingLength.Shortest => new FittedVoice(voice, 0, samples),
            _ => voice,
        };
        motion = new VoiceMotion(context, portrait, fitted, options.Generation, Times);
    }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => motion.HostBytes + (lips?.ByteLength ?? 0);

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan>? FrameTimes => frameTimes;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TimeSpan>> BeginAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        MotionSequence spoken = await SpeakAsync(clip, progress, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TimeSpan> times = TimesOf(spoken);
        lips = VideoLips.At(spoken, times, options.Generation.Driving, context.Stitching);
        frameTimes = times;
        return times;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<float> Drive(int frame, LoadedPortrait face, FaceLandmarks landmarks) => lips!.Drive(frame, face.Source, landmarks.Points);

    private async Task<MotionSequence> SpeakAsync(ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var pieces = new List<MotionSequence>();
        await foreach (MotionSequence piece in motion.GenerateAsync(clip, isWhole: true, progress, cancellationToken).ConfigureAwait(false))
        {
            pieces.Add(piece);
        }

        var spoken = MotionSequence.Join(pieces);
        options.Generation.Observer?.ReceiveMotion(spoken.Values);
        return spoken;
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

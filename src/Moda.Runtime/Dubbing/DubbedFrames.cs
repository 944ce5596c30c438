using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Dubbing;

/// <summary>
/// The second pass over a video: the voice's lips are generated, then the frames are decoded again, read by the networks and given new lips.
/// A few frames at a time are in memory: one piece is decoded while the one before it is read, and others are rendered.
/// </summary>
internal sealed class DubbedFrames : IFrameSource
{
    private readonly SessionContext context;
    private readonly LoadedVideo video;
    private readonly DubbingOptions options;
    private readonly VoiceMotion motion;
    private readonly FaceCutter cutter;
    private readonly LoadFrames load;
    private long lipBytes;
    private int frameCount = -1;

    /// <summary>Prepares a dub.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="video">The video.</param>
    /// <param name="portrait">Its first face, whose lips are generated; the clip holds a lease.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <param name="load">Puts frames on the device.</param>
    public DubbedFrames(
        SessionContext context,
        LoadedVideo video,
        LoadedPortrait portrait,
        ISampleReader voice,
        DubbingOptions options,
        LoadFrames load)
    {
        this.context = context;
        this.video = video;
        this.options = options;
        this.load = load;
        cutter = new FaceCutter(video.Format.Width, video.Format.Height, video.Framing);
        long samples = (long)Math.Ceiling(video.Duration.TotalSeconds * Waveform.SampleRate);
        ISampleReader fitted = options.Length switch
        {
            DubbingLength.Video => new FittedVoice(voice, samples, samples),
            DubbingLength.Shortest => new FittedVoice(voice, 0, samples),
            _ => voice,
        };
        motion = new VoiceMotion(context, portrait, fitted, options.Generation, Times);
    }

    /// <summary>Puts frames with a face on the device, on the thread of the motion worker.</summary>
    /// <param name="worker">The motion worker.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="pasteBack">How they are pasted into.</param>
    /// <param name="finished">Gets each back after its last lease, on any thread.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>As many, each with one lease.</returns>
    public delegate IReadOnlyList<LoadedPortrait> LoadFrames(
        MotionWorker worker, IReadOnlyList<Portrait> frames, PasteBackMode pasteBack, Action<Portrait> finished, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => motion.HostBytes + Volatile.Read(ref lipBytes);

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => video.Format.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => options.Generation.FramesAhead ?? context.FramesAhead;

    /// <inheritdoc/>
    public int? FrameCount => Volatile.Read(ref frameCount) is >= 0 and int count ? count : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MotionSequence spoken = await SpeakAsync(clip, progress, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TimeSpan> times = TimesOf(spoken);
        VideoLips lips = VideoLips.At(spoken, times, options.Generation.Driving, context.Stitching);
        Volatile.Write(ref lipBytes, lips.ByteLength);
        Volatile.Write(ref frameCount, times.Count);
        DecodedFrames frames = await DecodedFrames.OpenAsync(
            video, cutter, times.Count, context.FramesPerBatch, clip.RentBuffer, cancellationToken).ConfigureAwait(false);
        await using (frames.ConfigureAwait(false))
        {
            while (await frames.NextAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } piece)
            {
                yield return await DriveAsync(lips, times, piece, cancellationToken).ConfigureAwait(false);
            }
        }
    }

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
        IReadOnlyList<TimeSpan> times = video.Track.Times;
        if (options.Length == DubbingLength.Video)
        {
            return times;
        }

        TimeSpan end = TimeSpan.FromSeconds((double)spoken.Frames / GenerationOptions.FramesPerSecond);
        var kept = times.TakeWhile(time => time < end).ToList();
        TimeSpan step = video.Format.TimestampOf(1);
        for (TimeSpan next = times[^1] + step; options.Length == DubbingLength.Audio && kept.Count >= times.Count && next < end; next += step)
        {
            kept.Add(next);
        }

        return kept;
    }

    private async Task<IReadOnlyList<DrivenFrame>> DriveAsync(
        VideoLips lips, IReadOnlyList<TimeSpan> times, IReadOnlyList<DecodedFrame> piece, CancellationToken cancellationToken)
    {
        Portrait[] faces = await Task.WhenAll(piece.Select(frame => frame.Face).OfType<Task<Portrait>>()).ConfigureAwait(false);
        if (faces.Length == 0)
        {
            return [.. piece.Select(frame => new DrivenFrame(default, new FramePicture(times[frame.Index], frame.Pixels, Portrait: null)))];
        }

        using DrivenFaces driven = await context.OnMotionWorkerAsync(
            (worker, cancellation) => new DrivenFaces(
                load(worker, faces, options.Generation.PasteBack, cutter.Return, cancellation),
                [.. piece.Where(frame => frame.Face is not null).Select(frame => frame.Index)],
                lips),
            cancellationToken).ConfigureAwait(false);
        if (options.Generation.Observer is { } observer)
        {
            foreach (ReadOnlyMemory<float> keypoints in driven.Keypoints)
            {
                observer.ReceiveDrivingKeypoints(keypoints.Span);
            }
        }

        var result = new List<DrivenFrame>(piece.Count);
        foreach (DecodedFrame frame in piece)
        {
            (LoadedPortrait? portrait, ReadOnlyMemory<float> keypoints) = frame.Face is null ? default : driven.Take();
            result.Add(new DrivenFrame(keypoints, new FramePicture(times[frame.Index], frame.Pixels, portrait)));
        }

        return result;
    }

    /// <summary>Faces on the device and where their keypoints go. It holds the leases of those that were not taken.</summary>
    private sealed class DrivenFaces : IDisposable
    {
        private readonly IReadOnlyList<LoadedPortrait> portraits;
        private readonly ReadOnlyMemory<float>[] keypoints;
        private int taken;

        public DrivenFaces(IReadOnlyList<LoadedPortrait> portraits, int[] indexes, VideoLips lips)
        {
            this.portraits = portraits;
            keypoints = new ReadOnlyMemory<float>[indexes.Length];
            try
            {
                for (int face = 0; face < indexes.Length; face++)
                {
                    keypoints[face] = lips.Drive(indexes[face], portraits[face].Source, portraits[face].Portrait.Landmarks.Points);
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>[21, 3] of each.</summary>
        public IReadOnlyList<ReadOnlyMemory<float>> Keypoints => keypoints;

        /// <summary>Takes the next one, and its lease.</summary>
        public (LoadedPortrait Portrait, ReadOnlyMemory<float> Keypoints) Take() => (portraits[taken], keypoints[taken++]);

        public void Dispose()
        {
            for (; taken < portraits.Count; taken++)
            {
                portraits[taken].Release();
            }
        }
    }
}

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
/// The second pass over a video: the voice's lips are generated, then each frame is decoded again, read by the networks and given new lips.
/// A few frames at a time are in memory.
/// </summary>
internal sealed class DubbedFrames : IFrameSource
{
    private readonly SessionContext context;
    private readonly LoadedVideo video;
    private readonly DubbingOptions options;
    private readonly VoiceMotion motion;
    private readonly Func<Portrait, CancellationToken, Task<LoadedPortrait>> load;
    private long lipBytes;
    private int frameCount = -1;

    /// <summary>Prepares a dub.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="video">The video.</param>
    /// <param name="portrait">Its first face, whose lips are generated; the clip holds a lease.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <param name="load">Puts a frame on the device, with one lease.</param>
    public DubbedFrames(
        SessionContext context,
        LoadedVideo video,
        LoadedPortrait portrait,
        ISampleReader voice,
        DubbingOptions options,
        Func<Portrait, CancellationToken, Task<LoadedPortrait>> load)
    {
        this.context = context;
        this.video = video;
        this.options = options;
        this.load = load;
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
        VideoReader reader = await VideoReader.OpenAsync(video.Path, video.Ffmpeg, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            RequireSame(reader.Width, reader.Height);
            int frame = 0;
            (byte[]? Pixels, FaceLandmarks? Landmarks) last = default;
            await foreach (FaceLandmarks? landmarks in video.Track.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (frame == times.Count)
                {
                    yield break;
                }

                byte[] pixels = clip.RentBuffer();
                if (await reader.ReadAsync(pixels, cancellationToken).ConfigureAwait(false) is null)
                {
                    throw Changed();
                }

                if (frame == video.Track.Times.Count - 1 && frame < times.Count - 1)
                {
                    last = ([.. pixels], landmarks);
                }

                yield return [await DriveAsync(lips, times, frame++, pixels, landmarks, cancellationToken).ConfigureAwait(false)];
            }

            // The voice goes on behind the video: so does its last frame.
            while (frame < times.Count)
            {
                byte[] pixels = clip.RentBuffer();
                last.Pixels!.CopyTo(pixels, 0);
                yield return [await DriveAsync(lips, times, frame++, pixels, last.Landmarks, cancellationToken).ConfigureAwait(false)];
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

    private async Task<DrivenFrame> DriveAsync(
        VideoLips lips, IReadOnlyList<TimeSpan> times, int frame, byte[] pixels, FaceLandmarks? landmarks, CancellationToken cancellationToken)
    {
        if (landmarks is null)
        {
            return new DrivenFrame(default, new FramePicture(times[frame], pixels));
        }

        var picture = Portrait.OfFrame(new RgbImage(video.Format.Width, video.Format.Height, pixels), landmarks, video.Framing);
        LoadedPortrait loaded = await load(picture, cancellationToken).ConfigureAwait(false);
        try
        {
            ReadOnlyMemory<float> keypoints = await context.OnMotionWorkerAsync(
                (_, _) => lips.Drive(frame, loaded.Source, landmarks.Points), cancellationToken).ConfigureAwait(false);
            options.Generation.Observer?.ReceiveDrivingKeypoints(keypoints.Span);
            return new DrivenFrame(new[] { new DrivenFace(loaded, keypoints) }, new FramePicture(times[frame], pixels));
        }
        catch
        {
            loaded.Release();
            throw;
        }
    }

    private void RequireSame(int width, int height)
    {
        if (width != video.Format.Width || height != video.Format.Height)
        {
            throw Changed();
        }
    }

    private VideoFileException Changed() => new(video.Path, "it has changed since it was prepared. Prepare it again.");
}

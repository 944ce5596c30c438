using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Web.Jobs;

namespace Moda.Web.Tests;

/// <summary>How videos are made.</summary>
internal sealed class VideoScript
{
    private TaskCompletionSource? gate;
    private int heldFrame;

    /// <summary>How long each frame takes.</summary>
    public TimeSpan FrameTime { get; set; }

    /// <summary>Videos wait once so many frames of them are made, until <see cref="Release"/>.</summary>
    public void Hold(int frames = 10)
    {
        heldFrame = frames;
        gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets videos go on.</summary>
    public void Release() => gate?.TrySetResult();

    /// <summary>Waits as long as the next frame takes.</summary>
    public async Task WaitAsync(int frame, CancellationToken cancellationToken)
    {
        await Task.Delay(FrameTime, cancellationToken);
        if (frame == heldFrame && gate is { } held)
        {
            await held.Task.WaitAsync(cancellationToken);
        }
    }
}

/// <summary>
/// Makes videos without an engine: the portrait, or noise of the size of what is dubbed, with a bar that moves down, and the voice. What was
/// sent is looked at as ever.
/// </summary>
internal sealed class ScriptedKind(IVideoKind inner, VideoScript script) : IVideoKind
{
    /// <inheritdoc/>
    public VideoKind Kind => inner.Kind;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Files => inner.Files;

    /// <inheritdoc/>
    public VideoOptions ReadOptions(IReadOnlyDictionary<string, string> texts) => inner.ReadOptions(texts);

    /// <inheritdoc/>
    public Task<VideoLength> LookAsync(InputFiles files, VideoOptions options, CancellationToken cancellationToken) => inner.LookAsync(files, options, cancellationToken);

    /// <inheritdoc/>
    public async Task<TalkingHeadVideoSummary> WriteAsync(InputFiles files, VideoOptions options, VideoTarget target, CancellationToken cancellationToken)
    {
        VideoLength length = await inner.LookAsync(files, options, cancellationToken);
        await using SoundTrack? sound = File.Exists(files.Voice) ? await SoundTrack.DecodeAsync(files.Voice, cancellationToken) : null;
        (RgbImage picture, VideoFormat format) = await FirstFrameAsync(files, cancellationToken);
        var beside = new Accompaniment { Sound = sound, FramesOutlastSound = Kind != VideoKind.Talking };
        await using IVideoSink sink = await VideoOutput.OpenAsync(target.Destination, StreamContainer.FragmentedMp4, format, beside, target.Tags, cancellationToken);
        byte mark = (byte)(options is SpokenOptions { Seed: var seed } ? seed * 40 : 0);
        for (int frame = 0; frame < length.Frames; frame++)
        {
            await script.WaitAsync(frame, cancellationToken);
            byte[] pixels = [.. picture.Pixels];
            pixels.AsSpan(frame * 4 % picture.Height * picture.Stride, picture.Stride).Fill(mark);
            await sink.WriteAsync(new VideoFrame(frame, format.TimestampOf(frame), picture.Width, picture.Height, pixels), cancellationToken);
            target.Progress.Report(new GenerationProgress(GenerationStage.RenderingFrames, frame + 1, length.Frames));
        }

        await sink.CompleteAsync(cancellationToken);
        return new TalkingHeadVideoSummary(format, length.Frames, "video/mp4");
    }

    private static async Task<(RgbImage Picture, VideoFormat Format)> FirstFrameAsync(InputFiles files, CancellationToken cancellationToken)
    {
        if (File.Exists(files.Portrait))
        {
            RgbImage picture = ImageFile.Decode(await File.ReadAllBytesAsync(files.Portrait, cancellationToken), "portrait");
            return (picture, new VideoFormat(picture.Width, picture.Height, GenerationOptions.FramesPerSecond));
        }

        VideoFormat format = await VideoFile.CheckAsync(files.Video, cancellationToken);

        // Noise is hard to encode: a browser looks at a stream in blocks of 32 kB, and would wait for a second one of plain frames.
        var noise = new RgbImage(format.Width, format.Height);
        new Random(5).NextBytes(noise.Pixels);
        return (noise, format);
    }
}

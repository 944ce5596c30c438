using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;

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

/// <summary>Makes videos without an engine: the portrait with a bar that moves down, and the voice.</summary>
internal sealed class ScriptedClient(ITalkingHeadClient inner, VideoScript script) : DelegatingTalkingHeadClient(inner)
{
    /// <inheritdoc/>
    public override async Task<TalkingHeadVideoSummary> WriteVideoAsync(TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        RgbImage picture = request.Picture!;
        var format = new VideoFormat(picture.Width, picture.Height, GenerationOptions.FramesPerSecond);
        int frames = (int)Math.Ceiling(request.Voice.Duration.TotalSeconds * GenerationOptions.FramesPerSecond);
        await using IVideoSink sink = await VideoOutput.OpenAsync(destination, request.Container, format, request.Voice, request.Tags, cancellationToken);
        for (int frame = 0; frame < frames; frame++)
        {
            await script.WaitAsync(frame, cancellationToken);
            byte[] pixels = [.. picture.Pixels];
            pixels.AsSpan(frame * 4 % picture.Height * picture.Stride, picture.Stride).Fill((byte)(request.Options.Seed * 40));
            await sink.WriteAsync(new VideoFrame(frame, format.TimestampOf(frame), picture.Width, picture.Height, pixels), cancellationToken);
            request.Progress?.Report(new GenerationProgress(GenerationStage.RenderingFrames, frame + 1, frames));
        }

        await sink.CompleteAsync(cancellationToken);
        return new TalkingHeadVideoSummary(format, frames, "video/mp4");
    }
}

using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>
/// A clip whose frames are rendered as they are asked for. So is its motion, segment by segment, where the options allow: added silence
/// and the Kalman smoother need all of it before the first frame. Memory does not grow with the clip's length, but for its motion.
/// </summary>
public sealed class TalkingClip : IAsyncDisposable
{
    private readonly TalkingHead head;
    private readonly SemaphoreSlim gate;
    private readonly Portrait portrait;
    private readonly SourceFace face;
    private readonly SourceKeypoints source;
    private readonly ClipMotion motion;
    private readonly GenerationOptions options;
    private readonly IProgress<GenerationProgress>? progress;
    private int framesRendered;
    private int isRendering;
    private bool disposed;

    internal TalkingClip(
        TalkingHead head,
        SemaphoreSlim gate,
        Portrait portrait,
        SourceFace face,
        SourceKeypoints source,
        ClipMotion motion,
        GenerationOptions options,
        StageTimes times,
        IProgress<GenerationProgress>? progress)
    {
        this.head = head;
        this.gate = gate;
        this.portrait = portrait;
        this.face = face;
        this.source = source;
        this.motion = motion;
        this.options = options;
        this.progress = progress;
        Times = times;
        BatchSize = options.BatchSize ?? head.DefaultBatchSize;
        bool pasted = options.PasteBack != PasteBackMode.None;
        FrameWidth = pasted ? portrait.Image.Width : FaceCrop.SourceSize;
        FrameHeight = pasted ? portrait.Image.Height : FaceCrop.SourceSize;
    }

    /// <summary>Frames in a second.</summary>
    public int FramesPerSecond { get; } = AudioPreparation.FramesPerSecond;

    /// <summary>How many frames there are; null while speech that has not been read yet may add some.</summary>
    public int? FrameCount => motion.IsComplete ? motion.Frames : null;

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth { get; }

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight { get; }

    /// <summary>Frames that are rendered at once.</summary>
    public int BatchSize { get; }

    /// <summary>The motion of the frames that it is known for, denormalised. Not to be read while frames are being rendered.</summary>
    public MotionSequence Motion => motion.Motion;

    /// <summary>Where the portrait's keypoints go, in the frames that the motion is known for. Not to be read while frames are being rendered.</summary>
    public DrivingKeypoints Driving => motion.Driving;

    /// <summary>How long each stage has been at work so far.</summary>
    public StageTimes Times { get; }

    /// <summary>The portrait's keypoints as they stand in the image, [21, 3].</summary>
    internal float[] SourceKeypoints => source.Transform();

    /// <summary>Generates what is left of the motion, so that <see cref="FrameCount"/> is known and <see cref="Motion"/> is whole.</summary>
    /// <param name="cancellationToken">Stops the generation; the clip can then only be disposed.</param>
    /// <exception cref="AudioException">The speech can't be read to its end.</exception>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
    public async Task CompleteMotionAsync(CancellationToken cancellationToken = default)
    {
        BeginRendering();
        try
        {
            await motion.ReachAsync(int.MaxValue, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            isRendering = 0;
        }
    }

    /// <summary>Renders the frames in their order.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for; copy them to keep them.</returns>
    /// <exception cref="AudioException">The speech can't be read to its end.</exception>
    /// <exception cref="InvalidOperationException">Frames of the clip are being rendered already.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled.</exception>
    public IAsyncEnumerable<VideoFrame> RenderAsync(CancellationToken cancellationToken = default) =>
        RenderAsync(Enumerable.InfiniteSequence(0, 1), cropRendered: null, cancellationToken);

    /// <summary>Renders some frames.</summary>
    /// <param name="frames">Which, in the order in which they are wanted; the first that the clip does not have ends it.</param>
    /// <param name="cropRendered">Shown each frame before it is pasted back; called on other threads.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    internal async IAsyncEnumerable<VideoFrame> RenderAsync(
        IEnumerable<int> frames, Action<int, RgbImage>? cropRendered, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        BeginRendering();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var batches = new FrameBatches(motion, frames);
        FrameWorker[] workers = [.. head.Lanes.Select((_, number) => new FrameWorker(number, this, batches))];
        Task work = Task.WhenAll(workers.Zip(head.Lanes, (worker, lane) =>
            Task.Run(() => worker.RunAsync(lane, cropRendered, stop.Token, cancellationToken), CancellationToken.None)));
        try
        {
            while (await batches.Turns.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                BatchTurn turn = await batches.Turns.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                FrameWorker worker = workers[turn.Worker];
                for (int place = 0; place < turn.Count && await worker.Ready.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false); place++)
                {
                    RenderedFrame frame = await worker.Ready.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                    yield return new VideoFrame(
                        frame.Index, TimeSpan.FromSeconds((double)frame.Index / FramesPerSecond), FrameWidth, FrameHeight, frame.Pixels);
                    worker.Return(frame.Pixels);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
            isRendering = 0;
        }
    }

    /// <summary>Ends the generation of motion, releases the face and lets the next generation begin.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!disposed)
        {
            disposed = true;
            await motion.DisposeAsync().ConfigureAwait(false);
            face.Dispose();
            gate.Release();
        }
    }

    /// <summary>A lane's renderer, with the portrait set.</summary>
    internal FrameRenderer RendererOn(RenderLane lane)
    {
        FrameRenderer renderer = lane.RendererFor(face.Volume.Shape, BatchSize, device => head.CreateRenderer(device, face, BatchSize));
        renderer.SetSource(face, SourceKeypoints);
        return renderer;
    }

    /// <summary>Prepares pasting back; the caller disposes it.</summary>
    /// <param name="lane">Where frames are rendered.</param>
    /// <param name="renderer">What renders them.</param>
    /// <param name="cropRendered">Shown each crop, by its place in the batch, before it is pasted; null for nobody.</param>
    internal IFramePasting CreatePasting(RenderLane lane, FrameRenderer renderer, Action<int, RgbImage>? cropRendered) =>
        options.PasteBack == PasteBackMode.Feather && head.RunsSideBySide && cropRendered is null
            ? new DevicePasting(lane.Device, renderer, portrait)
            : new HostPasting(
                renderer,
                portrait,
                options.PasteBack,
                options.PasteBack == PasteBackMode.FaceMask ? head.CreateFaceParser(lane.Device, renderer.FrameWidth) : null,
                cropRendered);

    /// <summary>Renders and pastes the first frames on a lane, as workers do, for nobody.</summary>
    internal void RenderUnseen(RenderLane lane, int batches, CancellationToken cancellationToken)
    {
        FrameRenderer renderer = RendererOn(lane);
        using IFramePasting pasting = CreatePasting(lane, renderer, cropRendered: null);
        byte[] frame = CreateFrame();
        float[] driving = new float[MotionLayout.KeypointLength];
        motion.CopyDriving(frame: 0, driving);
        for (int batch = 0; batch < batches; batch++)
        {
            renderer.Render(driving, cancellationToken);
            pasting.Begin(count: 1, cancellationToken);
            pasting.Paste(place: 0, frame, cancellationToken);
        }
    }

    /// <summary>A buffer for a frame; it holds the portrait where frames show it.</summary>
    internal byte[] CreateFrame()
    {
        byte[] frame = GC.AllocateUninitializedArray<byte>(FrameWidth * FrameHeight * RgbImage.Channels);
        if (options.PasteBack != PasteBackMode.None)
        {
            portrait.Image.Pixels.CopyTo(frame, 0);
        }

        return frame;
    }

    /// <summary>One more frame is ready.</summary>
    internal void ReportFrame() => progress?.Report(
        new GenerationProgress(GenerationStage.RenderingFrames, Interlocked.Increment(ref framesRendered), FrameCount ?? 0));

    private void BeginRendering()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Interlocked.Exchange(ref isRendering, 1) != 0)
        {
            throw new InvalidOperationException("Frames of this clip are being rendered; it renders one sequence of them at a time.");
        }
    }
}

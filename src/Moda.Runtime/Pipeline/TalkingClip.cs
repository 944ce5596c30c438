using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>A clip whose motion is known and whose frames are rendered as they are asked for. Memory does not grow with its length.</summary>
public sealed class TalkingClip : IAsyncDisposable
{
    /// <summary>Frames that may be ready before they are asked for, so that rendering and encoding overlap.</summary>
    private const int FramesAhead = 2;

    private readonly TalkingHead head;
    private readonly SemaphoreSlim gate;
    private readonly Portrait portrait;
    private readonly SourceFace face;
    private readonly SourceKeypoints source;
    private readonly GenerationOptions options;
    private readonly IProgress<GenerationProgress>? progress;
    private bool disposed;

    internal TalkingClip(
        TalkingHead head,
        SemaphoreSlim gate,
        Portrait portrait,
        SourceFace face,
        SourceKeypoints source,
        MotionSequence motion,
        DrivingKeypoints driving,
        GenerationOptions options,
        StageTimes times,
        IProgress<GenerationProgress>? progress)
    {
        this.head = head;
        this.gate = gate;
        this.portrait = portrait;
        this.face = face;
        this.source = source;
        this.options = options;
        this.progress = progress;
        Motion = motion;
        Driving = driving;
        Times = times;
        bool pasted = options.PasteBack != PasteBackMode.None;
        FrameWidth = pasted ? portrait.Image.Width : FaceCrop.SourceSize;
        FrameHeight = pasted ? portrait.Image.Height : FaceCrop.SourceSize;
    }

    /// <summary>Frames in a second.</summary>
    public int FramesPerSecond { get; } = AudioPreparation.FramesPerSecond;

    /// <summary>How many frames there are.</summary>
    public int FrameCount => Driving.Frames;

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth { get; }

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight { get; }

    /// <summary>The motion, denormalised.</summary>
    public MotionSequence Motion { get; }

    /// <summary>Where the portrait's keypoints go.</summary>
    public DrivingKeypoints Driving { get; }

    /// <summary>How long each stage has taken so far.</summary>
    public StageTimes Times { get; }

    /// <summary>The portrait's keypoints as they stand in the image, [21, 3].</summary>
    internal float[] SourceKeypoints => source.Transform();

    /// <summary>Renders the frames in their order.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for; copy them to keep them.</returns>
    /// <exception cref="OperationCanceledException">The rendering was cancelled.</exception>
    public IAsyncEnumerable<VideoFrame> RenderAsync(CancellationToken cancellationToken = default) =>
        RenderAsync(Enumerable.Range(0, FrameCount), cropRendered: null, cancellationToken);

    /// <summary>Renders some frames.</summary>
    /// <param name="frames">Which, in the order in which they are wanted.</param>
    /// <param name="cropRendered">Shown each frame before it is pasted back; called on another thread.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    internal async IAsyncEnumerable<VideoFrame> RenderAsync(
        IEnumerable<int> frames, Action<int, RgbImage>? cropRendered, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var free = Channel.CreateUnbounded<byte[]>();
        var ready = Channel.CreateUnbounded<(int Index, byte[] Pixels)>();
        for (int buffer = 0; buffer < FramesAhead + options.BatchSize; buffer++)
        {
            free.Writer.TryWrite(new byte[FrameWidth * FrameHeight * RgbImage.Channels]);
        }

        Task rendering = Task.Run(() => RenderAllAsync(frames, cropRendered, free.Reader, ready.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach ((int index, byte[] pixels) in ready.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return new VideoFrame(index, TimeSpan.FromSeconds((double)index / FramesPerSecond), FrameWidth, FrameHeight, pixels);
                free.Writer.TryWrite(pixels);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await rendering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await rendering.ConfigureAwait(false);
    }

    /// <summary>Releases the face and lets the next generation begin.</summary>
    public ValueTask DisposeAsync()
    {
        if (!disposed)
        {
            disposed = true;
            face.Dispose();
            gate.Release();
        }

        return ValueTask.CompletedTask;
    }

    private async Task RenderAllAsync(
        IEnumerable<int> frames,
        Action<int, RgbImage>? cropRendered,
        ChannelReader<byte[]> free,
        ChannelWriter<(int Index, byte[] Pixels)> ready,
        CancellationToken cancellationToken)
    {
        try
        {
            using FrameRenderer renderer = head.CreateRenderer(face, options.BatchSize);
            renderer.SetSource(face, SourceKeypoints);
            var pasteBack = new PasteBack(portrait.Image, portrait.Crop.CropToImage, renderer.FrameWidth, options.PasteBack);
            using FaceMasks? masks = options.PasteBack == PasteBackMode.FaceMask
                ? new FaceMasks(head.CreateFaceParser(renderer.FrameWidth), portrait.Crop.Image)
                : null;
            int cropBytes = renderer.FrameWidth * renderer.FrameHeight * RgbImage.Channels;
            byte[] crops = new byte[options.BatchSize * cropBytes];
            float[] driving = new float[options.BatchSize * MotionLayout.KeypointLength];
            int done = 0;
            foreach (int[] batch in frames.Chunk(options.BatchSize))
            {
                using (Times.Measure(GenerationStage.RenderingFrames))
                {
                    for (int place = 0; place < batch.Length; place++)
                    {
                        Driving[batch[place]].CopyTo(driving.AsSpan(place * MotionLayout.KeypointLength));
                    }

                    renderer.Render(
                        driving.AsSpan(0, batch.Length * MotionLayout.KeypointLength), crops.AsSpan(0, batch.Length * cropBytes), cancellationToken);
                }

                for (int place = 0; place < batch.Length; place++)
                {
                    byte[] frame = await free.ReadAsync(cancellationToken).ConfigureAwait(false);
                    using (Times.Measure(GenerationStage.RenderingFrames))
                    {
                        ReadOnlySpan<byte> crop = crops.AsSpan(place * cropBytes, cropBytes);
                        cropRendered?.Invoke(batch[place], new RgbImage(renderer.FrameWidth, renderer.FrameHeight, crop.ToArray()));
                        pasteBack.Paste(crop, frame, masks is null ? default : masks.Compute(crop, cancellationToken));
                    }

                    ready.TryWrite((batch[place], frame));
                    progress?.Report(new GenerationProgress(GenerationStage.RenderingFrames, ++done, FrameCount));
                }
            }

            ready.Complete();
        }
        catch (Exception exception)
        {
            ready.Complete(exception);
            throw;
        }
    }

    /// <summary>The masks of frames: where the portrait's face or the frame's face is.</summary>
    private sealed class FaceMasks : IDisposable
    {
        private readonly FaceParser parser;
        private readonly FaceMask shape;
        private readonly byte[] labels;
        private readonly byte[] portraitMask;
        private readonly byte[] mask;

        public FaceMasks(FaceParser parser, RgbImage portraitCrop)
        {
            this.parser = parser;
            shape = new FaceMask(portraitCrop.Width, portraitCrop.Height);
            labels = new byte[portraitCrop.Width * portraitCrop.Height];
            portraitMask = new byte[labels.Length];
            mask = new byte[labels.Length];
            parser.Parse(portraitCrop.Pixels, labels);
            shape.FromLabels(labels, portraitMask);
        }

        public ReadOnlySpan<byte> Compute(ReadOnlySpan<byte> crop, CancellationToken cancellationToken)
        {
            parser.Parse(crop, labels, cancellationToken);
            shape.FromLabels(labels, mask);
            FaceMask.Unite(mask, portraitMask);
            return mask;
        }

        public void Dispose() => parser.Dispose();
    }
}

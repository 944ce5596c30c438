using System.Threading.Channels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>A frame of a clip, in a buffer that its worker wants back.</summary>
internal readonly record struct RenderedFrame(int Index, byte[] Pixels);

/// <summary>
/// Renders batches of a clip's frames on one lane and pastes them back. Several work side by side: while one waits for its lane or pastes,
/// the lanes of the others compute.
/// </summary>
internal sealed class FrameWorker
{
    /// <summary>Frames that may be ready before they are asked for, besides a batch.</summary>
    private const int FramesAhead = 2;

    private readonly int number;
    private readonly TalkingClip clip;
    private readonly FrameBatches batches;
    private readonly Channel<byte[]> free = Channel.CreateUnbounded<byte[]>();
    private readonly Channel<RenderedFrame> ready = Channel.CreateUnbounded<RenderedFrame>();
    private int buffers;

    /// <summary>Begins nothing yet.</summary>
    public FrameWorker(int number, TalkingClip clip, FrameBatches batches)
    {
        this.number = number;
        this.clip = clip;
        this.batches = batches;
    }

    /// <summary>The frames of the batches that this worker has taken, in their order.</summary>
    public ChannelReader<RenderedFrame> Ready => ready.Reader;

    /// <summary>Takes a frame's buffer back.</summary>
    public void Return(byte[] buffer) => free.Writer.TryWrite(buffer);

    /// <summary>Renders batches until there are no more.</summary>
    /// <param name="lane">Where.</param>
    /// <param name="cropRendered">Shown each frame before it is pasted back; null for nobody.</param>
    /// <param name="stop">Ends the work between two ops.</param>
    /// <param name="cancellationToken">Stops the generation of motion too.</param>
    public async Task RunAsync(RenderLane lane, Action<int, RgbImage>? cropRendered, CancellationToken stop, CancellationToken cancellationToken)
    {
        try
        {
            int[] indices = new int[clip.BatchSize];
            FrameRenderer renderer = clip.RendererOn(lane);
            using IFramePasting pasting = clip.CreatePasting(
                lane, renderer, cropRendered is null ? null : (place, crop) => cropRendered(indices[place], crop));
            float[] driving = new float[clip.BatchSize * MotionLayout.KeypointLength];
            while (await TakeBatchAsync().ConfigureAwait(false) is > 0 and int count)
            {
                using (clip.Times.Measure(GenerationStage.RenderingFrames))
                {
                    renderer.Render(driving.AsSpan(0, count * MotionLayout.KeypointLength), stop);
                    pasting.Begin(count, stop);
                }

                for (int place = 0; place < count; place++)
                {
                    byte[] frame = await TakeBufferAsync(stop).ConfigureAwait(false);
                    using (clip.Times.Measure(GenerationStage.PastingFrames))
                    {
                        pasting.Paste(place, frame, stop);
                    }

                    ready.Writer.TryWrite(new RenderedFrame(indices[place], frame));
                    clip.ReportFrame();
                }
            }

            ready.Writer.Complete();

            // Whoever waits for the next batch is told of a stop, as of any failure.
            ValueTask<int> TakeBatchAsync()
            {
                stop.ThrowIfCancellationRequested();
                return batches.TakeAsync(number, indices, driving, cancellationToken);
            }
        }
        catch (Exception exception)
        {
            batches.Fail(exception);
            ready.Writer.Complete(exception);
        }
    }

    private ValueTask<byte[]> TakeBufferAsync(CancellationToken cancellationToken)
    {
        if (free.Reader.TryRead(out byte[]? buffer))
        {
            return ValueTask.FromResult(buffer);
        }

        if (buffers == FramesAhead + clip.BatchSize)
        {
            return free.Reader.ReadAsync(cancellationToken);
        }

        buffers++;
        return ValueTask.FromResult(clip.CreateFrame());
    }
}

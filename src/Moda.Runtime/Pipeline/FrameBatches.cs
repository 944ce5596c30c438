using System.Threading.Channels;
using Moda.Runtime.Motion;

namespace Moda.Runtime;

/// <summary>Which worker has a batch, and how many frames are in it.</summary>
internal readonly record struct BatchTurn(int Worker, int Count);

/// <summary>Hands the frames of a clip out in batches, as its motion becomes known, and remembers in which order.</summary>
internal sealed class FrameBatches : IDisposable
{
    private readonly ClipMotion motion;
    private readonly IEnumerator<int> frames;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Channel<BatchTurn> turns = Channel.CreateUnbounded<BatchTurn>();
    private bool ended;

    /// <summary>Begins with the first frame.</summary>
    /// <param name="motion">The clip's motion.</param>
    /// <param name="frames">Which frames, in their order; those behind the clip's end are left out.</param>
    public FrameBatches(ClipMotion motion, IEnumerable<int> frames)
    {
        this.motion = motion;
        this.frames = frames.GetEnumerator();
    }

    /// <summary>Which worker has taken each batch, in the order of the batches; ends after the last.</summary>
    public ChannelReader<BatchTurn> Turns => turns.Reader;

    /// <summary>Takes the next batch.</summary>
    /// <param name="worker">Who takes it.</param>
    /// <param name="indices">Takes the frames' numbers.</param>
    /// <param name="driving">[as many, 21, 3]: takes their keypoints.</param>
    /// <param name="cancellationToken">Stops the generation of motion.</param>
    /// <returns>How many frames are in it; 0 when there are no more.</returns>
    public async ValueTask<int> TakeAsync(int worker, int[] indices, float[] driving, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int count = 0;
            while (!ended && count < indices.Length)
            {
                ended = !frames.MoveNext() || !await motion.ReachAsync(frames.Current, cancellationToken).ConfigureAwait(false);
                if (!ended)
                {
                    motion.CopyDriving(frames.Current, driving.AsSpan(count * MotionLayout.KeypointLength));
                    indices[count++] = frames.Current;
                }
            }

            if (count > 0)
            {
                turns.Writer.TryWrite(new BatchTurn(worker, count));
            }
            else
            {
                turns.Writer.TryComplete();
            }

            return count;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>No more batches are handed out, since a worker has failed.</summary>
    public void Fail(Exception exception) => turns.Writer.TryComplete(exception);

    /// <inheritdoc/>
    public void Dispose()
    {
        frames.Dispose();
        gate.Dispose();
    }
}

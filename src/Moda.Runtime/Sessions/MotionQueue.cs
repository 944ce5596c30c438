using Moda.Runtime.Motion;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>The frames of a clip whose motion is known and that were not taken to be rendered yet. Guarded by its clip's lock.</summary>
/// <param name="wanted">The frames to render; null for all.</param>
/// <param name="ahead">More motion is wanted while fewer frames than this wait.</param>
internal sealed class MotionQueue(IReadOnlySet<int>? wanted, int ahead)
{
    private readonly Queue<(int Index, DrivenFrame Frame)> frames = new();
    private TaskCompletionSource? room;
    private int waitingFaces;

    /// <summary>Frames that can be taken.</summary>
    public int Count => frames.Count;

    /// <summary>Bytes of host memory that they take.</summary>
    public long ByteLength => (long)waitingFaces * MotionLayout.KeypointLength * sizeof(float);

    /// <summary>Frames of the clip whose motion is known.</summary>
    public int Known { get; private set; }

    /// <summary>Whether there is no more motion to come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The number of the next frame to take. There must be one.</summary>
    public int Next => frames.Peek().Index;

    /// <summary>Whether the next frame is shown as it is.</summary>
    public bool IsNextFinished => frames.TryPeek(out (int Index, DrivenFrame Frame) next) && next.Frame.IsFinished;

    /// <summary>Adds the next piece.</summary>
    /// <returns>Ends when more motion is wanted, or when all frames are dropped.</returns>
    public Task Add(IReadOnlyList<DrivenFrame> piece)
    {
        for (int frame = 0; frame < piece.Count; frame++)
        {
            if (wanted is null || wanted.Contains(Known + frame))
            {
                frames.Enqueue((Known + frame, piece[frame]));
                waitingFaces += piece[frame].Faces.Length;
            }
            else
            {
                piece[frame].Release();
            }
        }

        Known += piece.Count;
        if (Count < ahead)
        {
            return Task.CompletedTask;
        }

        // The waiting code continues on the thread pool, not under the lock.
        room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return room.Task;
    }

    /// <summary>Takes the next frame. There must be one.</summary>
    public (int Index, DrivenFrame Frame) Take()
    {
        (int Index, DrivenFrame Frame) taken = frames.Dequeue();
        waitingFaces -= taken.Frame.Faces.Length;
        if (Count < ahead)
        {
            MakeRoom();
        }

        return taken;
    }

    /// <summary>There is no more motion.</summary>
    public void Complete() => IsComplete = true;

    /// <summary>Drops all frames.</summary>
    /// <returns>The frames, for whoever releases them without the lock.</returns>
    public DrivenFrame[] Clear()
    {
        DrivenFrame[] dropped = [.. frames.Select(entry => entry.Frame)];
        frames.Clear();
        waitingFaces = 0;
        MakeRoom();
        return dropped;
    }

    private void MakeRoom()
    {
        room?.SetResult();
        room = null;
    }
}

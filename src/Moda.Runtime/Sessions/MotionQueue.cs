using Moda.Runtime.Motion;

namespace Moda.Runtime.Sessions;

/// <summary>The frames of a clip whose motion is known and that were not taken to be rendered yet. Guarded by its clip's lock.</summary>
/// <param name="wanted">The frames to render; null for all.</param>
internal sealed class MotionQueue(IReadOnlySet<int>? wanted)
{
    private readonly Queue<(int Index, ReadOnlyMemory<float> Keypoints)> frames = new();

    /// <summary>Frames that can be taken.</summary>
    public int Count => frames.Count;

    /// <summary>Frames of the clip whose motion is known.</summary>
    public int Known { get; private set; }

    /// <summary>Whether there is no more motion to come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The number of the next frame to take. There must be one.</summary>
    public int Next => frames.Peek().Index;

    /// <summary>Adds the next piece.</summary>
    public void Add(DrivingKeypoints piece)
    {
        for (int frame = 0; frame < piece.Frames; frame++)
        {
            if (wanted is null || wanted.Contains(Known + frame))
            {
                frames.Enqueue((Known + frame, piece.Keep(frame)));
            }
        }

        Known += piece.Frames;
    }

    /// <summary>Takes the next frame. There must be one.</summary>
    public (int Index, ReadOnlyMemory<float> Keypoints) Take() => frames.Dequeue();

    /// <summary>There is no more motion.</summary>
    public void Complete() => IsComplete = true;

    /// <summary>Drops all frames.</summary>
    public void Clear() => frames.Clear();
}

using System.Runtime.ExceptionServices;

namespace Moda.Runtime.Sessions;

/// <summary>A rendered frame.</summary>
/// <param name="Index">Its number in the clip.</param>
/// <param name="Timestamp">When it is shown, from the clip's start.</param>
/// <param name="Pixels">[height, width, 3]: a buffer that its window wants back.</param>
internal readonly record struct RenderedFrame(int Index, TimeSpan Timestamp, byte[] Pixels);

/// <summary>What a reader has got.</summary>
internal enum FrameRead
{
    /// <summary>A frame.</summary>
    Frame,

    /// <summary>Nothing yet.</summary>
    Later,

    /// <summary>Nothing any more.</summary>
    End,
}

/// <summary>
/// A bounded number of a clip's frames: those that are being rendered and those that wait to be read. They are finished in any order and
/// read in that in which they were taken. Guarded by its clip's lock.
/// </summary>
/// <param name="capacity">The most frames between the first that was not given back and the last that was taken.</param>
internal sealed class FrameWindow(int capacity)
{
    private readonly ReaderSignal reader = new();
    private readonly Queue<RenderedFrame> ready = new();
    private readonly RenderedFrame?[] finished = new RenderedFrame?[capacity];
    private readonly Stack<byte[]> free = new();
    private int taken;
    private int passedOn;
    private int returned;
    private bool isComplete;
    private ExceptionDispatchInfo? failure;

    /// <summary>How many more frames may be taken.</summary>
    public int Room => capacity - (taken - returned);

    /// <summary>Whether every frame that was taken is ready or read.</summary>
    public bool IsSettled => passedOn == taken;

    /// <summary>Bytes of all buffers that were made.</summary>
    public long BufferBytes { get; private set; }

    /// <summary>Takes a frame; there must be room.</summary>
    /// <returns>Its place: 0 for the first, and so on.</returns>
    public int Take() => taken++;

    /// <summary>A buffer that was given back; null where one must be made.</summary>
    public byte[]? Rent() => free.TryPop(out byte[]? buffer) ? buffer : null;

    /// <summary>A buffer was made.</summary>
    public void CountBuffer(byte[] buffer) => BufferBytes += buffer.Length;

    /// <summary>A frame is finished: it is read as soon as those before it are.</summary>
    public void Finish(int place, RenderedFrame frame)
    {
        finished[place % capacity] = frame;
        while (passedOn < taken && finished[passedOn % capacity] is { } next)
        {
            finished[passedOn % capacity] = null;
            passedOn++;
            ready.Enqueue(next);
        }

        reader.Set();
    }

    /// <summary>Reads the next frame where it is ready.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>Whether there is one, or will be after <see cref="ArrivalAsync"/>.</returns>
    /// <remarks>Throws the clip's failure behind the frames that are ready.</remarks>
    public FrameRead Read(out RenderedFrame frame)
    {
        if (ready.TryDequeue(out frame))
        {
            return FrameRead.Frame;
        }

        failure?.Throw();
        if (isComplete)
        {
            return FrameRead.End;
        }

        reader.Arm();
        return FrameRead.Later;
    }

    /// <summary>Waits until there is something to read. Called once after each <see cref="FrameRead.Later"/>, without the lock.</summary>
    public ValueTask ArrivalAsync() => reader.WaitAsync();

    /// <summary>A frame was read and its pixels are not needed any more.</summary>
    public void Return(byte[] buffer)
    {
        free.Push(buffer);
        returned++;
    }

    /// <summary>No more frames become ready.</summary>
    /// <param name="reason">Told to the reader behind the frames that are ready; null for a clip that is whole.</param>
    public void Complete(Exception? reason)
    {
        isComplete = true;
        failure = reason is null ? null : ExceptionDispatchInfo.Capture(reason);
        reader.Set();
    }
}

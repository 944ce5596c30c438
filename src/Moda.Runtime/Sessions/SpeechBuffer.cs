using Moda.Runtime.Audio;

namespace Moda.Runtime.Sessions;

/// <summary>What was written to a live session and was not shown yet, frame by frame. Any thread may call all members.</summary>
/// <param name="capacity">Frames that it holds; more is written once there is room.</param>
internal sealed class SpeechBuffer(int capacity)
{
    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    private readonly Lock gate = new();

    // A ring of frames, and where each begins in what was written.
    private readonly float[] samples = new float[capacity * FrameLength];
    private readonly long[] positions = new long[capacity];
    private int first;
    private int count;

    // Samples of the frame behind those.
    private int partial;
    private long written;
    private int interruptions;
    private bool isOpen;
    private bool isClosed;
    private Exception? reason;
    private TaskCompletionSource? room;

    /// <summary>Bytes of host memory that it holds.</summary>
    public long ByteLength => (samples.Length * sizeof(float)) + (positions.Length * sizeof(long));

    /// <summary>Writes speech, and waits for room where there is none.</summary>
    /// <param name="speech">Finite samples at 16 kHz.</param>
    /// <param name="cancellationToken">Ends the waiting; what was taken by then stays.</param>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<float> speech, CancellationToken cancellationToken)
    {
        SampleChecks.RequireFinite(
            "the speech of a live session", speech.Span, TimeSpan.FromSeconds((double)Interlocked.Read(ref written) / Waveform.SampleRate), Waveform.SampleRate);
        int? begun = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task waiting;
            lock (gate)
            {
                ThrowIfClosed();
                begun ??= interruptions;
                if (begun != interruptions)
                {
                    return;
                }

                speech = speech[Take(speech.Span)..];
                if (speech.IsEmpty)
                {
                    return;
                }

                // The waiting code continues on the thread pool, not under the lock.
                room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = room.Task;
            }

            await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What was written is a whole utterance: it is followed by silence until more is written.</summary>
    public void EndUtterance()
    {
        lock (gate)
        {
            ThrowIfClosed();
            CompleteFrame();
            isOpen = false;
        }
    }

    /// <summary>Drops what is left, also of a writing that waits for room.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            ThrowIfClosed();
            count = 0;
            partial = 0;
            isOpen = false;
            interruptions++;
            Wake();
        }
    }

    /// <summary>Refuses all that comes.</summary>
    /// <param name="why">What the writers' exception has inside; null for nothing.</param>
    public void Close(Exception? why)
    {
        lock (gate)
        {
            isClosed = true;
            reason ??= why;
            Wake();
        }
    }

    /// <summary>How it stands at this moment.</summary>
    public SpeechState State
    {
        get
        {
            lock (gate)
            {
                return new SpeechState(count, isOpen, interruptions);
            }
        }
    }

    /// <summary>Copies the next frames without taking them.</summary>
    /// <param name="destination">Whole frames.</param>
    /// <returns>How many there were.</returns>
    public int Peek(Span<float> destination)
    {
        lock (gate)
        {
            int copied = Math.Min(destination.Length / FrameLength, count);
            for (int frame = 0; frame < copied; frame++)
            {
                Frame(frame).CopyTo(destination[(frame * FrameLength)..]);
            }

            return copied;
        }
    }

    /// <summary>Takes the next frame.</summary>
    /// <param name="destination">One frame; silent where there is none.</param>
    /// <param name="interruption">Nothing is taken of what was written after a later interruption.</param>
    /// <returns>Where it begins in what was written; null where there was none.</returns>
    public long? Take(Span<float> destination, int interruption)
    {
        lock (gate)
        {
            if (count == 0 || interruption != interruptions)
            {
                destination.Clear();
                return null;
            }

            Frame(0).CopyTo(destination);
            long position = positions[first];

            // The samples of a frame that is not whole go with it: they stand behind the last one.
            first = (first + 1) % capacity;
            count--;
            Wake();
            return position;
        }
    }

    private Span<float> Frame(int frame) => samples.AsSpan((first + frame) % capacity * FrameLength, FrameLength);

    private int Take(ReadOnlySpan<float> speech)
    {
        int taken = 0;
        while (taken < speech.Length && count < capacity)
        {
            isOpen = true;
            if (partial == 0)
            {
                positions[(first + count) % capacity] = written;
            }

            int copied = Math.Min(FrameLength - partial, speech.Length - taken);
            speech.Slice(taken, copied).CopyTo(Frame(count)[partial..]);
            taken += copied;
            partial += copied;
            written += copied;
            if (partial == FrameLength)
            {
                CompleteFrame();
            }
        }

        return taken;
    }

    private void CompleteFrame()
    {
        if (partial > 0)
        {
            Frame(count)[partial..].Clear();
            count++;
            partial = 0;
        }
    }

    private void Wake()
    {
        room?.SetResult();
        room = null;
    }

    private void ThrowIfClosed()
    {
        if (isClosed)
        {
            throw new ObjectDisposedException("The live session has ended; open another one to go on speaking.", reason);
        }
    }
}

/// <summary>How the speech of a live session stands.</summary>
/// <param name="Frames">Whole frames that were written and not taken.</param>
/// <param name="IsOpen">Whether more of the same utterance may come.</param>
/// <param name="Interruptions">How often the speech was interrupted.</param>
internal readonly record struct SpeechState(int Frames, bool IsOpen, int Interruptions);

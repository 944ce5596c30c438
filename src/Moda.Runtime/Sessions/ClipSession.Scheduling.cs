using Moda.Runtime.Scheduling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <content>What the scheduler asks of a clip, and how its frames go to workers and come back.</content>
internal sealed partial class ClipSession
{
    /// <inheritdoc/>
    public bool IsPlaying => pace.IsPlaying;

    /// <inheritdoc/>
    public int AvailableFrames
    {
        get
        {
            lock (gate)
            {
                return hasEnded ? 0 : unfinished.Count + Math.Min(queue.Count, window.Room);
            }
        }
    }

    /// <inheritdoc/>
    public double FrameDue
    {
        get
        {
            lock (gate)
            {
                return pace.DueOf(unfinished.TryPeek(out ClipFrame frame) ? frame.Index : queue.Count > 0 ? queue.Next : queue.Known);
            }
        }
    }

    /// <inheritdoc/>
    public double? MotionDue
    {
        get
        {
            lock (gate)
            {
                return IsLive ? pace.DueOf(queue.Known) : null;
            }
        }
    }

    /// <inheritdoc/>
    public bool TryTakeFrame(double now, double patience, out ClipFrame frame)
    {
        frame = default;
        lock (gate)
        {
            if (hasEnded)
            {
                return false;
            }

            if (!unfinished.TryDequeue(out frame))
            {
                if (queue.Count == 0 || window.Room == 0)
                {
                    return false;
                }

                (int index, DrivenFrame driven) = queue.Take();
                frame = new ClipFrame(this, window.Take(), index, driven);
                PassOnFinished();
            }

            pace.Serve(now, patience);
            Interlocked.Increment(ref users);
            return true;
        }
    }

    /// <inheritdoc/>
    public FrameOrder Prepare(in ClipFrame frame)
    {
        DrivenFace face = frame.Driven.Faces.Span[frame.Face];
        bool isOneOfSeveral = frame.Driven.Faces.Length > 1;
        byte[]? pixels = frame.Pixels ?? frame.Driven.Picture?.Pixels;
        if (pixels is null)
        {
            pixels = RentBuffer();
            if (isOneOfSeveral)
            {
                // An earlier frame's faces would lie below these.
                face.Portrait.Portrait.Image.Pixels.CopyTo(pixels, 0);
            }
        }

        return new FrameOrder(frame.Index, face.Portrait, face.Keypoints, options.PasteBack, pixels, frame.Driven.Picture is not null, options.Observer, isOneOfSeveral);
    }

    /// <summary>A buffer for a frame, [height, width, 3], that the clip wants back as a frame. It holds the portrait or an earlier frame.</summary>
    public byte[] RentBuffer()
    {
        byte[]? pixels;
        lock (gate)
        {
            pixels = window.Rent();
        }

        if (pixels is null)
        {
            pixels = buffers.Create();
            lock (gate)
            {
                window.CountBuffer(pixels);
            }
        }

        return pixels;
    }

    /// <inheritdoc/>
    public void Deliver(in ClipFrame frame, byte[] pixels)
    {
        if (frame.Face + 1 < frame.Driven.Faces.Length)
        {
            GoOn(frame with { Face = frame.Face + 1, Pixels = pixels });
            return;
        }

        bool isWhole;
        lock (gate)
        {
            window.Finish(frame.Place, new RenderedFrame(frame.Index, TimestampOf(frame.Index, frame.Driven.Picture), pixels));
            isWhole = IsWhole;
        }

        frame.Driven.Release();
        if (isWhole)
        {
            End(failure: null);
        }

        Release();
    }

    /// <inheritdoc/>
    public void Drop(in ClipFrame frame, Exception failure)
    {
        frame.Driven.Release();
        End(failure);
        Release();
    }

    // The next face of a frame may be taken.
    private void GoOn(in ClipFrame frame)
    {
        bool isOver;
        lock (gate)
        {
            isOver = hasEnded;
            if (!isOver)
            {
                unfinished.Enqueue(frame);
            }
        }

        if (isOver)
        {
            frame.Driven.Release();
        }

        scheduler.Signal();
        Release();
    }
}

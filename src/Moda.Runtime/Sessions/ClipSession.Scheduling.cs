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
                return hasEnded ? 0 : Math.Min(queue.Count, window.Room);
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
                return pace.DueOf(queue.Count > 0 ? queue.Next : queue.Known);
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
            if (hasEnded || queue.Count == 0 || window.Room == 0)
            {
                return false;
            }

            (int index, DrivenFrame driven) = queue.Take();
            frame = new ClipFrame(this, window.Take(), index, driven.Keypoints, driven.Picture);
            PassOnFinished();
            pace.Serve(now, patience);
            Interlocked.Increment(ref users);
            return true;
        }
    }

    /// <inheritdoc/>
    public FrameOrder Prepare(in ClipFrame frame) => new(
        frame.Index,
        frame.Picture?.Portrait ?? portrait,
        frame.Driving,
        options.PasteBack,
        frame.Picture?.Pixels ?? RentBuffer(),
        IsOfVideo: frame.Picture is not null,
        options.Observer);

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
        bool isWhole;
        lock (gate)
        {
            window.Finish(frame.Place, new RenderedFrame(frame.Index, TimestampOf(frame.Index, frame.Picture), pixels));
            isWhole = IsWhole;
        }

        frame.Picture?.Release();
        if (isWhole)
        {
            End(failure: null);
        }

        Release();
    }

    /// <inheritdoc/>
    public void Drop(in ClipFrame frame, Exception failure)
    {
        frame.Picture?.Release();
        End(failure);
        Release();
    }
}

using Moda.Runtime.Progress;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A clip as the scheduler sees it, whose answers a test sets.</summary>
internal sealed class FakeClip(bool isLive) : IEngineClip
{
    public const double Rate = 25;

    public bool IsLive => isLive;

    public bool IsPlaying => isLive && PlayedFrom is not null;

    public bool HasEnded { get; set; }

    public int AvailableFrames { get; set; }

    public int TakenFrames { get; private set; }

    /// <summary>When the first frame was read; null while it was not.</summary>
    public double? PlayedFrom { get; set; }

    /// <summary>When the next frame of an offline clip is due.</summary>
    public double Due { get; set; }

    public bool EndsWhenAsked { get; set; }

    public Func<double> MotionMadeMeanwhile { get; set; } = () => 0;

    public double FrameDue => !isLive ? Due : PlayedFrom is { } start ? start + (TakenFrames / Rate) : double.NegativeInfinity;

    public double? MotionDue => isLive ? FrameDue + MotionMadeMeanwhile() : null;

    public bool NeedsMoreMotion { get; set; }

    public bool IsPressedForMotion => isLive ? PlayedFrom is null : AvailableFrames == 0;

    public StageTimes Times { get; } = new();

    public bool TryTakeFrame(double now, double patience, out ClipFrame frame)
    {
        frame = default;
        if (EndsWhenAsked)
        {
            HasEnded = true;
            AvailableFrames = 0;
            return false;
        }

        frame = new ClipFrame(this, TakenFrames, TakenFrames, default);
        TakenFrames++;
        AvailableFrames--;
        Due = now + patience;
        return true;
    }

    public FrameOrder Prepare(in ClipFrame frame) => throw new NotSupportedException();

    public void Deliver(in ClipFrame frame, byte[] pixels) => throw new NotSupportedException();

    public void Drop(in ClipFrame frame, Exception failure) => throw new NotSupportedException();
}

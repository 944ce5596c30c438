using System.Diagnostics;
using Moda.Runtime.Imaging;
using Moda.Runtime.Progress;

namespace Moda.Extensions.Hosting.Telemetry;

/// <summary>Watches one clip: when its stages end, and how late its frames come. It passes progress on to the request's own listener.</summary>
/// <param name="instruments">Where to report.</param>
/// <param name="progress">The request's listener; null for none.</param>
/// <param name="isLive">Whether frames are due at a time.</param>
internal sealed class ClipWatch(ClipInstruments instruments, IProgress<GenerationProgress>? progress, bool isLive) : IProgress<GenerationProgress>
{
    private static readonly string[] StageNames = [.. Enum.GetValues<GenerationStage>().Select(NameOf)];

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly long[] lastReports = new long[StageNames.Length];
    private long asked;
    private long firstFrame;

    /// <summary>A stage went on. Any thread may say so.</summary>
    public void Report(GenerationProgress value)
    {
        Volatile.Write(ref lastReports[(int)value.Stage], Stopwatch.GetTimestamp());
        progress?.Report(value);
    }

    /// <summary>The reader asks for the next frame.</summary>
    public void Ask() => asked = Stopwatch.GetTimestamp();

    /// <summary>The reader gets a frame.</summary>
    public void Receive(in VideoFrame frame)
    {
        instruments.AddFrame();
        if (!isLive)
        {
            return;
        }

        // The clock of a live clip starts with its first frame.
        long now = Stopwatch.GetTimestamp();
        if (firstFrame == 0)
        {
            firstFrame = now;
        }

        TimeSpan sinceDue = Stopwatch.GetElapsedTime(firstFrame, now) - frame.Timestamp;
        TimeSpan sinceAsked = Stopwatch.GetElapsedTime(asked, now);
        TimeSpan late = sinceDue < sinceAsked ? sinceDue : sinceAsked;
        instruments.RecordLateness(late > TimeSpan.Zero ? late : TimeSpan.Zero);
    }

    /// <summary>The clip has ended.</summary>
    public void End()
    {
        for (int stage = 0; stage < lastReports.Length; stage++)
        {
            if (lastReports[stage] != 0)
            {
                instruments.RecordStage(StageNames[stage], Stopwatch.GetElapsedTime(start, lastReports[stage]));
            }
        }
    }

    // As attributes are written: encoding_audio for EncodingAudio.
    private static string NameOf(GenerationStage stage) => string.Concat(
        stage.ToString().Select((letter, n) => char.IsUpper(letter) && n > 0 ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
}

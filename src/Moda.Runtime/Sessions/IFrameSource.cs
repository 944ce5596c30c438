using Moda.Runtime.Media;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>Where a clip's frames come from, before they are rendered.</summary>
internal interface IFrameSource
{
    /// <summary>How long each stage of the clip has been at work so far.</summary>
    StageTimes Times { get; }

    /// <summary>Bytes of host memory that it holds.</summary>
    long HostBytes { get; }

    /// <summary>How many frames there are, where that is known before they are made; else null.</summary>
    int? FrameCount { get; }

    /// <summary>Whether no segment of motion is to be sampled any more. Most who know how many frames there are have their motion.</summary>
    bool HasAllMotion => FrameCount is not null;

    /// <summary>How fast frames that have no time of their own are shown.</summary>
    FrameRate FramesPerSecond { get; }

    /// <summary>More frames are made while fewer than this wait to be rendered.</summary>
    int FramesAhead { get; }

    /// <summary>Makes the frames, in their order.</summary>
    /// <param name="clip">Whose they are.</param>
    /// <param name="progress">Told how far it has come; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Nobody asks for frames any more; called once, on any thread. A source that nobody else waits for has nothing to do.</summary>
    /// <param name="reason">Why; null where all frames were made.</param>
    void End(Exception? reason)
    {
    }
}

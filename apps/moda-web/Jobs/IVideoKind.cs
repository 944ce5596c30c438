using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Progress;

namespace Moda.Web.Jobs;

/// <summary>What differs between kinds of videos: their files, their options, and how their frames are made.</summary>
internal interface IVideoKind
{
    /// <summary>Which kind.</summary>
    VideoKind Kind { get; }

    /// <summary>The files of its form by their names, which are also those in the job's folder, and how many bytes each may have.</summary>
    IReadOnlyDictionary<string, long> Files { get; }

    /// <summary>Reads the options.</summary>
    /// <param name="texts">The form's texts, by name.</param>
    /// <exception cref="Failures.ApiException">A field is unknown or out of range.</exception>
    VideoOptions ReadOptions(IReadOnlyDictionary<string, string> texts);

    /// <summary>Refuses what cannot become a video, before it is queued.</summary>
    /// <param name="files">What was sent.</param>
    /// <param name="options">How it is wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long the video will be.</returns>
    /// <exception cref="Failures.ApiException">It cannot become a video.</exception>
    Task<VideoLength> LookAsync(InputFiles files, VideoOptions options, CancellationToken cancellationToken);

    /// <summary>Makes the video: fragmented MP4 in the order of its frames.</summary>
    /// <param name="files">What was sent.</param>
    /// <param name="options">How it is wanted.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<TalkingHeadVideoSummary> WriteAsync(InputFiles files, VideoOptions options, VideoTarget target, CancellationToken cancellationToken);
}

/// <summary>How long a video will be.</summary>
/// <param name="Duration">From its first frame's start to its last one's end.</param>
/// <param name="Frames">How many frames it will have; a file that says otherwise than it is may change it by a few.</param>
internal readonly record struct VideoLength(TimeSpan Duration, int Frames);

/// <summary>Where a video goes.</summary>
/// <param name="Destination">Takes it while it is made; stays open.</param>
/// <param name="Tags">Its metadata; null for none.</param>
/// <param name="Progress">Told how far it is.</param>
internal sealed record VideoTarget(Stream Destination, IReadOnlyDictionary<string, string>? Tags, IProgress<GenerationProgress> Progress);

/// <summary>All kinds.</summary>
internal sealed class VideoKinds(IEnumerable<IVideoKind> kinds)
{
    private readonly Dictionary<VideoKind, IVideoKind> byKind = kinds.ToDictionary(kind => kind.Kind);

    /// <summary>What differs for a kind.</summary>
    public IVideoKind this[VideoKind kind] => byKind[kind];
}

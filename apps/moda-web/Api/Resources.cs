using Moda.Web.Jobs;

namespace Moda.Web.Api;

/// <summary>A video as clients see it, named as OpenAI's video API names it. Times are seconds since 1970.</summary>
internal sealed record VideoResource
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>Always "video".</summary>
    public string Object { get; } = "video";

    /// <summary>talking, dub or drive.</summary>
    public required VideoKind Kind { get; init; }

    /// <summary>queued, in_progress, completed or failed.</summary>
    public required JobStatus Status { get; init; }

    /// <summary>Percent that are done, 0 to 100.</summary>
    public required int Progress { get; init; }

    /// <summary>The weights that make it.</summary>
    public required string Model { get; init; }

    /// <summary>When it was asked for.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When its work began last; null before.</summary>
    public long? StartedAt { get; init; }

    /// <summary>When it was completed or failed; null before.</summary>
    public long? CompletedAt { get; init; }

    /// <summary>When it will be deleted; null for never, and before it has ended.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>How long it will be in seconds, as a decimal number in a text.</summary>
    public required string Seconds { get; init; }

    /// <summary>Width and height of its frames, "512x512"; null before it is completed.</summary>
    public string? Size { get; init; }

    /// <summary>Why there is no video; null unless it failed.</summary>
    public VideoError? Error { get; init; }

    /// <summary>How it is made.</summary>
    public required VideoOptions Options { get; init; }

    /// <summary>The place in the queue, 1 for the next; null where it does not wait.</summary>
    public int? QueuePosition { get; init; }

    /// <summary>What is being done: tracking_face, reading_motion, encoding_audio, generating_motion or rendering_frames; null before and after.</summary>
    public string? Stage { get; init; }

    /// <summary>Frames that the stage has been through; null before and after.</summary>
    public int? StageFrames { get; init; }

    /// <summary>Frames that are made.</summary>
    public required int Frames { get; init; }

    /// <summary>Frames that there will be; null while that is not known.</summary>
    public int? TotalFrames { get; init; }

    /// <summary>Frames made in a second; null before and after.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>Seconds until it will be complete; null while that is not known.</summary>
    public double? SecondsLeft { get; init; }
}

/// <summary>Why there is no video.</summary>
/// <param name="Code">For programs: no_face, invalid_portrait, invalid_voice, invalid_video, invalid_driving, no_ffmpeg or server_error.</param>
/// <param name="Message">For people.</param>
internal sealed record VideoError(string Code, string Message);

/// <summary>Videos, and whether there are more.</summary>
/// <param name="Data">The videos.</param>
/// <param name="FirstId">The name of the first; null where there is none.</param>
/// <param name="LastId">The name of the last, for the next request's "after"; null where there is none.</param>
/// <param name="HasMore">Whether there are more behind it.</param>
internal sealed record VideoList(IReadOnlyList<VideoResource> Data, string? FirstId, string? LastId, bool HasMore)
{
    /// <summary>Always "list".</summary>
    public string Object { get; } = "list";
}

/// <summary>A video that was deleted.</summary>
/// <param name="Id">Its name.</param>
internal sealed record DeletedVideo(string Id)
{
    /// <summary>Always "video.deleted".</summary>
    public string Object { get; } = "video.deleted";

    /// <summary>Always true.</summary>
    public bool Deleted { get; } = true;
}

/// <summary>The emotions that a face can show.</summary>
/// <param name="Data">Their names.</param>
internal sealed record EmotionList(IReadOnlyList<string> Data)
{
    /// <summary>Always "list".</summary>
    public string Object { get; } = "list";
}

/// <summary>The devices of the machine.</summary>
/// <param name="Data">The devices.</param>
internal sealed record DeviceList(IReadOnlyList<DeviceResource> Data)
{
    /// <summary>Always "list".</summary>
    public string Object { get; } = "list";
}

/// <summary>A device that networks can run on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="InUse">Whether this service uses it.</param>
internal sealed record DeviceResource(string Name, bool InUse);

/// <summary>What the service takes, for pages and clients that check before they send.</summary>
internal sealed record LimitsResource
{
    /// <summary>The weights that make the videos.</summary>
    public required string Model { get; init; }

    /// <summary>Bytes of a portrait at most.</summary>
    public required long LargestPortraitBytes { get; init; }

    /// <summary>Bytes of a voice at most.</summary>
    public required long LargestVoiceBytes { get; init; }

    /// <summary>The least side of a portrait, in pixels.</summary>
    public required int SmallestImageSide { get; init; }

    /// <summary>The largest side of a portrait, in pixels.</summary>
    public required int LargestImageSide { get; init; }

    /// <summary>The shortest voice, in seconds.</summary>
    public required double ShortestVoiceSeconds { get; init; }

    /// <summary>The longest voice, in seconds.</summary>
    public required double LongestVoiceSeconds { get; init; }

    /// <summary>Bytes at most of a video that is dubbed, or that drives a portrait.</summary>
    public required long LargestVideoBytes { get; init; }

    /// <summary>The largest side of a video's frames, in pixels.</summary>
    public required int LargestVideoSide { get; init; }

    /// <summary>The longest video, in seconds.</summary>
    public required double LongestVideoSeconds { get; init; }

    /// <summary>Frames that a video may have in a second, on average.</summary>
    public required double HighestFrameRate { get; init; }

    /// <summary>Whether faces can be pasted back by their mask.</summary>
    public required bool HasFaceParser { get; init; }

    /// <summary>Frames that the engine renders in a second, as measured when it was warmed up; null before.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>Live sessions that the engine serves in time at once; null before it was warmed up.</summary>
    public int? LiveSessions { get; init; }
}

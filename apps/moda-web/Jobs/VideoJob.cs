namespace Moda.Web.Jobs;

/// <summary>Where a job stands.</summary>
internal enum JobStatus
{
    /// <summary>It waits.</summary>
    Queued,

    /// <summary>Its frames are being made.</summary>
    InProgress,

    /// <summary>Its video is there.</summary>
    Completed,

    /// <summary>It ended without a video; <see cref="VideoJob.Failure"/> says why.</summary>
    Failed,
}

/// <summary>A video that was asked for, as it is kept.</summary>
internal sealed record VideoJob
{
    /// <summary>Its name, "video_" and 32 hexadecimal digits. Names sort by time of creation.</summary>
    public required string Id { get; init; }

    /// <summary>Who asked for it, and alone sees it.</summary>
    public required string Owner { get; init; }

    /// <summary>Where it stands.</summary>
    public JobStatus Status { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its work began last; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was completed or failed; null before.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>How often its work began.</summary>
    public int Attempts { get; init; }

    /// <summary>How it is made.</summary>
    public required VideoOptions Options { get; init; }

    /// <summary>How long the video will be.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The frames' width in pixels; 0 before it is completed.</summary>
    public int Width { get; init; }

    /// <summary>The frames' height in pixels; 0 before it is completed.</summary>
    public int Height { get; init; }

    /// <summary>The number of its frames; before it is completed, how many are expected.</summary>
    public required int Frames { get; init; }

    /// <summary>Bytes of the video; 0 before it is completed.</summary>
    public long Bytes { get; init; }

    /// <summary>Why there is no video; null unless it failed.</summary>
    public JobFailure? Failure { get; init; }

    /// <summary>What the client named the request, so that it can send it twice; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of all that the client sent, in hexadecimal.</summary>
    public required string RequestHash { get; init; }

    /// <summary>A new name. It sorts behind all earlier ones.</summary>
    public static string NewId() => $"{Prefix}{Guid.CreateVersion7():N}";

    /// <summary>Whether a text has the form of a name, and so may be a part of a path.</summary>
    public static bool IsId(string text) =>
        text.Length == Prefix.Length + 32 && text.StartsWith(Prefix, StringComparison.Ordinal) && text.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower);

    private const string Prefix = "video_";
}

/// <summary>Why a job has no video.</summary>
/// <param name="Code">For programs: "no_face", "invalid_voice", ....</param>
/// <param name="Message">For people.</param>
internal sealed record JobFailure(string Code, string Message);

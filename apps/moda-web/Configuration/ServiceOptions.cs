namespace Moda.Web.Configuration;

/// <summary>What the service allows and keeps: the section "Service" of the configuration. Checked when the service starts.</summary>
public sealed class ServiceOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Service";

    /// <summary>The folder of uploads, videos and the SQLite database. One process at a time uses it.</summary>
    public string DataFolder { get; set; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "moda-web");

    /// <summary>A connection string of PostgreSQL for the jobs; null for SQLite in <see cref="DataFolder"/>.</summary>
    public string? Database { get; set; }

    /// <summary>Names and their API keys. Each name sees its own videos only. Without any, the service answers this machine alone.</summary>
    public Dictionary<string, string> ApiKeys { get; set; } = [];

    /// <summary>Origins of other sites whose pages may call the API; none by default.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Bytes of a portrait at most.</summary>
    public long LargestPortraitBytes { get; set; } = 20L << 20;

    /// <summary>Bytes of a voice at most.</summary>
    public long LargestVoiceBytes { get; set; } = 64L << 20;

    /// <summary>The least side of a portrait, in pixels.</summary>
    public int SmallestImageSide { get; set; } = 256;

    /// <summary>The largest side of a portrait, in pixels.</summary>
    public int LargestImageSide { get; set; } = 4096;

    /// <summary>The shortest voice, in seconds.</summary>
    public double ShortestVoiceSeconds { get; set; } = 0.5;

    /// <summary>The longest voice, in seconds.</summary>
    public double LongestVoiceSeconds { get; set; } = 300;

    /// <summary>Bytes of a video that is dubbed, or that drives a portrait, at most.</summary>
    public long LargestVideoBytes { get; set; } = 256L << 20;

    /// <summary>The largest side of a video's frames, in pixels.</summary>
    public int LargestVideoSide { get; set; } = 3840;

    /// <summary>The longest video, in seconds.</summary>
    public double LongestVideoSeconds { get; set; } = 300;

    /// <summary>Frames that a video may have in a second, on average.</summary>
    public double HighestFrameRate { get; set; } = 60;

    /// <summary>Seconds that reading one upload may take.</summary>
    public double DecodingSeconds { get; set; } = 60;

    /// <summary>Videos that may wait to be made.</summary>
    public int MaxQueued { get; set; } = 100;

    /// <summary>Uploads that one client may send in a minute.</summary>
    public int UploadsPerMinute { get; set; } = 60;

    /// <summary>Sockets for poses and live sessions that may be open at once.</summary>
    public int MaxSockets { get; set; } = 64;

    /// <summary>Minutes that an uploaded portrait is kept for poses and live sessions after its last use.</summary>
    public double KeepPortraitMinutes { get; set; } = 60;

    /// <summary>Hours that a finished video is kept; null for ever.</summary>
    public double? KeepHours { get; set; }

    /// <summary>Bytes that finished videos may take in all, the oldest go first; null for any number.</summary>
    public long? KeepBytes { get; set; }

    /// <summary>Whether videos are marked as generated in their metadata.</summary>
    public bool MarkGenerated { get; set; } = true;

    /// <summary>Seconds that work in hand gets when the service is stopped. What is not done by then begins again with the next start.</summary>
    public double DrainSeconds { get; set; } = 10;
}

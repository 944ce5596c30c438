using Moda.Runtime.Audio;

namespace Moda.Runtime.Media;

/// <summary>What a video holds beside its frames. Folders of PNG files and .y4m hold only frames.</summary>
public sealed record Accompaniment
{
    /// <summary>The sound; null for none. The caller must not dispose it before the sink.</summary>
    public SoundTrack? Sound { get; init; }

    /// <summary>
    /// Whether frames after the end of the sound are kept. False drops them, as the reference does; true shows them in silence. Sound after
    /// the last frame is always cut.
    /// </summary>
    public bool FramesOutlastSound { get; init; }

    /// <summary>
    /// A file whose subtitles, chapters, data and attachments are copied into the video, if its container supports them; null for none.
    /// When the video is complete, <see cref="IVideoSink.Notice"/> says what was left out.
    /// </summary>
    public string? StreamsOf { get; init; }

    /// <summary>The time of the first frame in that file.</summary>
    public TimeSpan StreamsStart { get; init; }

    /// <summary>Whether that file's sound tracks are also copied, after the new one.</summary>
    public bool KeepsSoundOfStreams { get; init; }
}

using Moda.Runtime.Audio;

namespace Moda.Runtime.Media;

/// <summary>What a video holds beside its frames. Folders and .y4m hold frames only.</summary>
public sealed record Accompaniment
{
    /// <summary>What is heard; null for nothing. It must last until the sink is disposed.</summary>
    public SoundTrack? Sound { get; init; }

    /// <summary>
    /// What happens where frames go on behind the sound: false leaves them out, as the reference does; true shows them in silence. Where the
    /// sound goes on behind the frames, it always ends with them.
    /// </summary>
    public bool FramesOutlastSound { get; init; }

    /// <summary>
    /// A file whose subtitles, chapters, data and attachments are kept, as far as the container takes them; null for none. What had to be
    /// left out is said by <see cref="IVideoSink.Notice"/> once the video is complete.
    /// </summary>
    public string? StreamsOf { get; init; }

    /// <summary>Where in that file the first frame stands.</summary>
    public TimeSpan StreamsStart { get; init; }

    /// <summary>Whether that file's own sound is kept too, as tracks behind the new one.</summary>
    public bool KeepsSoundOfStreams { get; init; }
}

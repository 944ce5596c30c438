using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>What a talking video is made of. It owns nothing: the caller disposes portrait and voice once the request has ended.</summary>
public sealed record TalkingHeadRequest
{
    /// <summary>Asks for a picture's face to speak. It is found and prepared for this request.</summary>
    /// <param name="picture">A picture with a face.</param>
    /// <param name="voice">What is said, and heard in the video.</param>
    public TalkingHeadRequest(RgbImage picture, SoundTrack voice)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(voice);
        Picture = picture;
        Voice = voice;
    }

    /// <summary>Asks for a prepared portrait to speak; it saves the preparation where one portrait speaks often.</summary>
    /// <param name="portrait">A portrait of the client's engine, which <see cref="ITalkingHeadClient.GetService"/> finds.</param>
    /// <param name="voice">What is said, and heard in the video.</param>
    public TalkingHeadRequest(PreparedPortrait portrait, SoundTrack voice)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        ArgumentNullException.ThrowIfNull(voice);
        Portrait = portrait;
        Voice = voice;
    }

    /// <summary>The picture; null where a portrait is given.</summary>
    public RgbImage? Picture { get; }

    /// <summary>The portrait; null where a picture is given.</summary>
    public PreparedPortrait? Portrait { get; }

    /// <summary>What is said, and heard in the video.</summary>
    public SoundTrack Voice { get; }

    /// <summary>Which face of the picture speaks.</summary>
    public FaceChoice Face { get; init; }

    /// <summary>How the clip is generated.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>How <see cref="ITalkingHeadClient.WriteVideoAsync"/> writes the video.</summary>
    public StreamContainer Container { get; init; } = StreamContainer.FragmentedMp4;

    /// <summary>Metadata of the video, by key, such as a mark that it was generated; null for none. .y4m holds none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>
    /// Told the place in the queue, 1 for the next to be served, whenever it changes, and 0 once when the work begins. Null where nobody is told.
    /// </summary>
    public IProgress<int>? QueuePosition { get; init; }

    /// <summary>Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</summary>
    public IProgress<GenerationProgress>? Progress { get; init; }
}

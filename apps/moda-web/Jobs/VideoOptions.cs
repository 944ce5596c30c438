using System.Text.Json.Serialization;

namespace Moda.Web.Jobs;

/// <summary>What a video is made of.</summary>
internal enum VideoKind
{
    /// <summary>A portrait that speaks with a voice.</summary>
    Talking,

    /// <summary>A video whose lips follow a voice.</summary>
    Dub,

    /// <summary>A portrait that moves as another face does.</summary>
    Drive,
}

/// <summary>How a client wants its video, as it is kept and shown. The defaults are the command line's.</summary>
[JsonDerivedType(typeof(TalkingOptions))]
[JsonDerivedType(typeof(DubOptions))]
[JsonDerivedType(typeof(DriveOptions))]
internal abstract record VideoOptions
{
    private protected VideoOptions(VideoKind kind) => Kind = kind;

    /// <summary>The kind of video that the options are for.</summary>
    [JsonIgnore]
    public VideoKind Kind { get; }
}

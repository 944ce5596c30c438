using Moda.Web.Configuration;

namespace Moda.Web.Jobs;

/// <summary>The files that a client has sent, in the folder of an upload or of a job. Their names are those of the form's fields.</summary>
/// <param name="Folder">The folder.</param>
internal readonly record struct InputFiles(string Folder)
{
    /// <summary>The name of the picture whose face speaks or is driven.</summary>
    public const string PortraitName = "portrait";

    /// <summary>The name of the sound that is spoken.</summary>
    public const string VoiceName = "voice";

    /// <summary>The name of the video whose lips are changed.</summary>
    public const string VideoName = "video";

    /// <summary>The name of the video, the picture or the motion that a portrait is driven by.</summary>
    public const string DrivingName = "driving";

    /// <summary>The picture.</summary>
    public string Portrait => Of(PortraitName);

    /// <summary>The sound.</summary>
    public string Voice => Of(VoiceName);

    /// <summary>The video.</summary>
    public string Video => Of(VideoName);

    /// <summary>What drives the portrait.</summary>
    public string Driving => Of(DrivingName);

    /// <summary>How many bytes files may have.</summary>
    /// <param name="limits">The owner's limits.</param>
    /// <param name="names">The names of the files.</param>
    public static IReadOnlyDictionary<string, long> LimitsOf(ServiceOptions limits, params string[] names) => names.ToDictionary(name => name, name => name switch
    {
        PortraitName => limits.LargestPortraitBytes,
        VoiceName => limits.LargestVoiceBytes,
        _ => limits.LargestVideoBytes,
    });

    /// <summary>The file of a field.</summary>
    public string Of(string name) => Path.Combine(Folder, name);

    /// <summary>A message about a file, for clients: with the file's name alone.</summary>
    public string Shown(string message) => message.Replace(Folder + Path.DirectorySeparatorChar, string.Empty, StringComparison.Ordinal);
}

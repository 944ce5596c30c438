using System.Text.Json;
using System.Text.Json.Serialization;
using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>The JSON in which the options of jobs are kept: snake_case, names of values too.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters =
    [
        typeof(SnakeCaseEnums<Emotion>), typeof(SnakeCaseEnums<MotionSmoothing>), typeof(SnakeCaseEnums<AnimationRegion>),
        typeof(SnakeCaseEnums<PasteBackMode>), typeof(SnakeCaseEnums<SilenceMode>), typeof(SnakeCaseEnums<DubbingLength>), typeof(SnakeCaseEnums<DrivingMotion>),
        typeof(SnakeCaseEnums<DrivingScale>),
    ])]
[JsonSerializable(typeof(TalkingOptions))]
[JsonSerializable(typeof(DubOptions))]
[JsonSerializable(typeof(DriveOptions))]
internal sealed partial class JobJson : JsonSerializerContext
{
    /// <summary>The name of a value, as it is kept, shown and measured: exponential_moving_average.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Options as they are kept.</summary>
    public static string Write(VideoOptions options) => JsonSerializer.Serialize(options, options.GetType(), Default);

    /// <summary>Reads kept options.</summary>
    /// <param name="kind">The name of their kind.</param>
    /// <param name="options">The options.</param>
    public static VideoOptions Read(string kind, string options) => kind switch
    {
        "talking" => JsonSerializer.Deserialize(options, Default.TalkingOptions)!,
        "dub" => JsonSerializer.Deserialize(options, Default.DubOptions)!,
        "drive" => JsonSerializer.Deserialize(options, Default.DriveOptions)!,
        _ => throw new InvalidDataException($"The database has a video of the kind '{kind}', which this version does not make. Start the version that has written it."),
    };
}

/// <summary>Values by their names, such as exponential_moving_average, never by their numbers.</summary>
internal sealed class SnakeCaseEnums<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

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
        typeof(SnakeCaseEnums<PasteBackMode>), typeof(SnakeCaseEnums<SilenceMode>),
    ])]
[JsonSerializable(typeof(VideoOptions))]
internal sealed partial class JobJson : JsonSerializerContext;

/// <summary>Values by their names, such as exponential_moving_average, never by their numbers.</summary>
internal sealed class SnakeCaseEnums<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

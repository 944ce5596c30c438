using System.Text.Json;
using System.Text.Json.Serialization;
using Moda.Runtime.Options;
using Moda.Web.Jobs;
using Moda.Web.Portraits;

namespace Moda.Web.Api;

/// <summary>The JSON of the API: snake_case, names of values too.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters =
    [
        typeof(SnakeCaseEnums<Emotion>), typeof(SnakeCaseEnums<MotionSmoothing>), typeof(SnakeCaseEnums<AnimationRegion>),
        typeof(SnakeCaseEnums<PasteBackMode>), typeof(SnakeCaseEnums<SilenceMode>), typeof(SnakeCaseEnums<JobStatus>),
        typeof(SnakeCaseEnums<VideoKind>), typeof(SnakeCaseEnums<DubbingLength>), typeof(SnakeCaseEnums<DrivingMotion>), typeof(SnakeCaseEnums<DrivingScale>),
    ])]
[JsonSerializable(typeof(VideoOptions))]
[JsonSerializable(typeof(VideoResource))]
[JsonSerializable(typeof(VideoList))]
[JsonSerializable(typeof(DeletedVideo))]
[JsonSerializable(typeof(EmotionList))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(LimitsResource))]
[JsonSerializable(typeof(PortraitResource))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Makes other options write the same JSON.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = Default.Options.PropertyNamingPolicy;
        options.TypeInfoResolverChain.Insert(0, Default);
        foreach (JsonConverter converter in Default.Options.Converters)
        {
            options.Converters.Add(converter);
        }
    }
}

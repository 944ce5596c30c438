using System.Text.Json;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>The variants of a case: for each a change of the reference's options over its defaults, in the reference's names.</summary>
internal static class DrivingVariants
{
    /// <summary>The variants by their names.</summary>
    /// <param name="reference">The case.</param>
    /// <param name="defaults">What the reference drives by where a variant says nothing.</param>
    /// <param name="list">The metadata that has the variants.</param>
    public static IEnumerable<(string Name, DrivingOptions Options)> Of(ReferenceCase reference, DrivingOptions defaults, string list = "variants")
    {
        JsonElement variants = reference.Parameter(list) ?? throw new KeyNotFoundException($"its metadata has no '{list}'.");
        foreach (JsonProperty variant in variants.EnumerateObject())
        {
            yield return (variant.Name, Apply(defaults, variant.Value));
        }
    }

    /// <summary>Whether a variant is driven by the first driving frame alone, as a picture.</summary>
    public static bool IsPhoto(ReferenceCase reference, string variant) =>
        reference.Parameter("photo_variants")?.EnumerateArray().Any(name => name.GetString() == variant) ?? false;

    private static DrivingOptions Apply(DrivingOptions options, JsonElement changes)
    {
        foreach (JsonProperty change in changes.EnumerateObject())
        {
            JsonElement value = change.Value;
            options = change.Name switch
            {
                "flag_relative_motion" => options with { RelativeMotion = value.GetBoolean() },
                "driving_option" => options with { ExpressionFriendly = value.GetString() == "expression-friendly" },
                "animation_region" => options with { Region = Region(value.GetString()) },
                "flag_stitching" => options with { Stitching = value.GetBoolean() },
                "driving_multiplier" => options with { Multiplier = value.GetSingle() },
                "flag_normalize_lip" => options with { NormalizeLip = value.GetBoolean() },
                "lip_normalize_threshold" => options with { OpenLipRatio = value.GetSingle() },
                "flag_source_video_eye_retargeting" => options with { NormalizeEyes = value.GetBoolean() },
                "source_video_eye_retargeting_threshold" => options with { ClosedEyeRatio = value.GetSingle() },
                "flag_eye_retargeting" => options with { RetargetEyes = value.GetBoolean() },
                "flag_lip_retargeting" => options with { RetargetLip = value.GetBoolean() },
                "driving_smooth_observation_variance" => options with { ObservationVariance = value.GetDouble() },
                _ => throw new NotSupportedException($"its variants change '{change.Name}', which is unknown."),
            };
        }

        return options;
    }

    private static AnimationRegion Region(string? name) => name switch
    {
        "all" => AnimationRegion.All,
        "exp" => AnimationRegion.Expression,
        "pose" => AnimationRegion.Pose,
        "lip" => AnimationRegion.Lip,
        "eyes" => AnimationRegion.Eyes,
        _ => throw new NotSupportedException($"its variants animate '{name}', which is unknown."),
    };
}

using System.Globalization;
using System.Text.Json;
using Moda.Runtime.Options;
using Moda.Web.Failures;
using Moda.Web.Jobs;

namespace Moda.Web.Uploads;

/// <summary>Reads the options of a form. Each field has one form and one range; what is unknown is refused, so that a slip is noticed.</summary>
internal static class OptionFields
{
    /// <summary>Reads the options of a video.</summary>
    /// <param name="texts">The form's texts, by name.</param>
    /// <exception cref="ApiException">A field is unknown or out of range.</exception>
    public static VideoOptions Read(IReadOnlyDictionary<string, string> texts)
    {
        var options = new VideoOptions();
        foreach ((string name, string text) in texts)
        {
            options = name switch
            {
                "emotion" => options with { Emotion = ToName<Emotion>(name, text) },
                "emotion_strength" => options with { EmotionStrength = text.Length == 0 ? null : ToNumber(name, text, 0, 100) },
                "guidance" => options with { Guidance = ToNumber(name, text, 1, 2.5) },
                "steps" => options with { Steps = (int)ToWhole(name, text, 2, 100) },
                "seed" => options with { Seed = ToWhole(name, text, 0, ulong.MaxValue) },
                "smoothing" => options with { Smoothing = ToName<MotionSmoothing>(name, text) },
                "region" => options with { Region = ToName<AnimationRegion>(name, text) },
                "paste_back" => options with { PasteBack = ToName<PasteBackMode>(name, text) },
                "silence" => options with { Silence = ToName<SilenceMode>(name, text) },
                "face" => options with { Face = ToFace(name, text) },
                _ => throw ApiException.Unusable(
                    "unknown_field",
                    "The form has a field that is not known. Known are portrait, voice, emotion, emotion_strength, guidance, steps, seed, smoothing, region, paste_back, silence and face."),
            };
        }

        return options;
    }

    /// <summary>The name of a value, as the API writes it: exponential_moving_average.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static T ToName<T>(string field, string text)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (NameOf(value) == text)
            {
                return value;
            }
        }

        throw Wrong(field, $"one of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
    }

    private static float ToNumber(string field, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? (float)value
            : throw Wrong(field, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    private static ulong ToWhole(string field, string text, ulong least, ulong most) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value >= least && value <= most
            ? value
            : throw Wrong(field, $"a whole number from {least} to {most}");

    private static string ToFace(string field, string text) =>
        text is "largest" or "left" or "right" or "center" || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 1000)
            ? text
            : throw Wrong(field, "largest, left, right, center or a number from 1");

    private static ApiException Wrong(string field, string expected) => ApiException.Unusable("invalid_options", $"'{field}' must be {expected}.");
}

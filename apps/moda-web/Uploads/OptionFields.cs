using System.Globalization;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;
using Moda.Web.Failures;
using Moda.Web.Jobs;

namespace Moda.Web.Uploads;

/// <summary>Reads the options of a form. Each field has one form and one range; what is unknown is refused, so that a slip is noticed.</summary>
internal static class OptionFields
{
    private const int MostFaces = 1000;
    private const ulong MostLiveFrames = 16;
    private const string Spoken = "emotion, emotion_strength, guidance, steps, seed";

    /// <summary>Reads the options of a talking video.</summary>
    /// <param name="texts">The form's texts, by name.</param>
    /// <exception cref="ApiException">A field is unknown or out of range.</exception>
    public static TalkingOptions ReadTalking(IReadOnlyDictionary<string, string> texts) => texts.Aggregate(new TalkingOptions(), (options, field) => field.Key switch
    {
        "smoothing" => options with { Smoothing = ToName<MotionSmoothing>(field) },
        "region" => options with { Region = ToName<AnimationRegion>(field) },
        "paste_back" => options with { PasteBack = ToName<PasteBackMode>(field) },
        "silence" => options with { Silence = ToName<SilenceMode>(field) },
        "face" => options with { Face = ToFace(field) },
        _ => (TalkingOptions?)ReadSpoken(options, field) ?? throw Unknown($"portrait, voice, {Spoken}, smoothing, region, paste_back, silence and face"),
    });

    /// <summary>Reads the options of a live session: those of a talking video as far as they hold without the whole voice, and how it advances.</summary>
    /// <param name="texts">The query's fields, by name.</param>
    /// <exception cref="ApiException">A field is unknown or out of range.</exception>
    public static LiveOptions ReadLive(IReadOnlyDictionary<string, string> texts)
    {
        var options = new LiveOptions();
        var talking = new Dictionary<string, string>();
        foreach (KeyValuePair<string, string> field in texts)
        {
            switch (field.Key)
            {
                case "advance":
                    options = options with { Advance = (int)ToWhole(field, 1, MostLiveFrames) };
                    break;
                case "look_ahead":
                    options = options with { LookAhead = (int)ToWhole(field, 2, MostLiveFrames) };
                    break;
                case "smoothing" when field.Value == JobJson.NameOf(MotionSmoothing.Kalman):
                    throw Wrong(field, "none or exponential_moving_average: the Kalman smoother needs the whole voice before the first frame");
                default:
                    talking.Add(field.Key, field.Value);
                    break;
            }
        }

        return options with { Generation = ReadTalking(talking).ToGeneration() };
    }

    /// <summary>Reads the options of a dub.</summary>
    /// <inheritdoc cref="ReadTalking"/>
    public static DubOptions ReadDub(IReadOnlyDictionary<string, string> texts) => texts.Aggregate(new DubOptions(), (options, field) => field.Key switch
    {
        "faces" => options with { Faces = ToFaces(field) },
        "length" => options with { Length = ToName<DubbingLength>(field) },
        "smoothing" => options with { Smoothing = ToName(field, MotionSmoothing.ExponentialMovingAverage) },
        "paste_back" => options with { PasteBack = ToName(field, PasteBackMode.None) },
        _ => (DubOptions?)ReadSpoken(options, field) ?? throw Unknown($"video, voice, {Spoken}, faces, length, smoothing and paste_back"),
    });

    /// <summary>Reads the options of a drive.</summary>
    /// <inheritdoc cref="ReadTalking"/>
    public static DriveOptions ReadDrive(IReadOnlyDictionary<string, string> texts) => texts.Aggregate(new DriveOptions(), (options, field) => field.Key switch
    {
        "motion" => options with { Motion = ToName<DrivingMotion>(field) },
        "driving_option" => options with { DrivingOption = ToName<DrivingScale>(field) },
        "multiplier" => options with { Multiplier = ToNumber(field, 0, 3) },
        "region" => options with { Region = ToName<AnimationRegion>(field) },
        "smoothing" => options with { Smoothing = ToName<MotionSmoothing>(field) },
        "paste_back" => options with { PasteBack = ToName<PasteBackMode>(field) },
        "crop_driving" => options with { CropDriving = ToBoolean(field) },
        "stitching" => options with { Stitching = ToBoolean(field) },
        "retarget_eyes" => options with { RetargetEyes = ToBoolean(field) },
        "retarget_lips" => options with { RetargetLips = ToBoolean(field) },
        "normalize_lips" => options with { NormalizeLips = ToBoolean(field) },
        "sound" => options with { Sound = ToBoolean(field) },
        "face" => options with { Face = ToFace(field) },
        "driving_face" => options with { DrivingFace = ToFace(field) },
        _ => throw Unknown(
            "portrait, driving, motion, driving_option, multiplier, region, smoothing, paste_back, crop_driving, stitching, retarget_eyes, retarget_lips, "
                + "normalize_lips, sound, face and driving_face"),
    });

    // Null where the field is none of those that talking and dubbed videos share.
    private static SpokenOptions? ReadSpoken(SpokenOptions options, KeyValuePair<string, string> field) => field.Key switch
    {
        "emotion" => options with { Emotion = ToName<Emotion>(field) },
        "emotion_strength" => options with { EmotionStrength = field.Value.Length == 0 ? null : ToNumber(field, 0, 100) },
        "guidance" => options with { Guidance = ToNumber(field, 1, 2.5) },
        "steps" => options with { Steps = (int)ToWhole(field, 2, 100) },
        "seed" => options with { Seed = ToWhole(field, 0, ulong.MaxValue) },
        _ => null,
    };

    private static T ToName<T>(KeyValuePair<string, string> field, params T[] excluded)
        where T : struct, Enum
    {
        T[] allowed = [.. Enum.GetValues<T>().Except(excluded)];
        foreach (T value in allowed)
        {
            if (JobJson.NameOf(value) == field.Value)
            {
                return value;
            }
        }

        throw Wrong(field, $"one of {string.Join(", ", allowed.Select(JobJson.NameOf))}");
    }

    private static float ToNumber(KeyValuePair<string, string> field, double least, double most) =>
        double.TryParse(field.Value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value >= least && value <= most
            ? (float)value
            : throw Wrong(field, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    private static ulong ToWhole(KeyValuePair<string, string> field, ulong least, ulong most) =>
        ulong.TryParse(field.Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value >= least && value <= most
            ? value
            : throw Wrong(field, $"a whole number from {least} to {most}");

    private static bool ToBoolean(KeyValuePair<string, string> field) => field.Value switch
    {
        "true" => true,
        "false" => false,
        _ => throw Wrong(field, "true or false"),
    };

    private static string ToFace(KeyValuePair<string, string> field) => IsFace(field.Value)
        ? field.Value
        : throw Wrong(field, "largest, left, right, center or a number from 1");

    private static string ToFaces(KeyValuePair<string, string> field)
    {
        try
        {
            if (DubOptions.IsSelection(field.Value) ? FaceSelection.Parse(field.Value).Numbers is null or [.., <= MostFaces] : IsFace(field.Value))
            {
                return field.Value;
            }
        }
        catch (FormatException)
        {
            // It is told like all else that is no choice.
        }

        throw Wrong(field, "largest, left, right, center, a number from 1, all, or numbers with commas such as 1,3");
    }

    private static bool IsFace(string text) =>
        text is "largest" or "left" or "right" or "center" || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostFaces);

    private static ApiException Wrong(KeyValuePair<string, string> field, string expected) => ApiException.Unusable("invalid_options", $"'{field.Key}' must be {expected}.");

    private static ApiException Unknown(string known) => ApiException.Unusable("unknown_field", $"The form has a field that is not known. Known are {known}.");
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary>The options that every command has in common which makes a video, and what their words mean.</summary>
internal static class ClipOptions
{
    private static readonly string[] EmotionNames =
        ["none", .. Enum.GetNames<Emotion>().Where(name => name != nameof(Moda.Runtime.Options.Emotion.None)).Select(name => name.ToLowerInvariant()), .. Enumerable.Range(0, 9).Select(index => $"{index}")];

    /// <summary>An option that must be given.</summary>
    public static Option<string> Required(string name, string description, string help) =>
        new(name) { Description = description, HelpName = help, Required = true };

    /// <summary><c>--weights</c>.</summary>
    public static Option<string?> Weights() => new("--weights")
    {
        Description = "A folder that 'moda convert' or 'moda weights synthesize' has written. [the open checkpoint that comes with moda]",
        HelpName = "DIR",
    };

    /// <summary>Where weights are when <c>--weights</c> names none.</summary>
    /// <exception cref="Configuration.ConfigurationException">There are none.</exception>
    public static string UsualWeights() => OpenCheckpoint.Folder
        ?? throw new Configuration.ConfigurationException("--weights is needed: this copy of moda came without the open checkpoint.");

    /// <summary><c>--cfg-scale</c>.</summary>
    public static Option<float?> GuidanceScale()
    {
        var option = new Option<float?>("--cfg-scale") { Description = "Classifier-free guidance; 1 is none. [1.2]", HelpName = "X" };
        option.Validators.Add(result => RequireRange(result, "--cfg-scale", 0, 100, result.GetValueOrDefault<float?>()));
        return option;
    }

    /// <summary><c>--emotion</c>.</summary>
    public static Option<string> EmotionName() => new Option<string>("--emotion")
    {
        Description = "The emotion that the motion shows.",
        HelpName = "none|anger|contempt|disgust|fear|happiness|neutral|sadness|surprise|0..8",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong(EmotionNames);

    /// <summary><c>--seed</c>.</summary>
    public static Option<ulong> Seed() => new("--seed") { Description = "The same seed gives the same video.", HelpName = "N", DefaultValueFactory = _ => 42 };

    /// <summary><c>--steps</c>.</summary>
    public static Option<int?> Steps()
    {
        var option = new Option<int?>("--steps") { Description = "Sampling steps, 2 to 1000. [10]", HelpName = "N" };
        option.Validators.Add(result => RequireRange(result, "--steps", 2, 1000, result.GetValueOrDefault<int?>()));
        return option;
    }

    /// <summary><c>--face</c>.</summary>
    public static Option<string> Face()
    {
        var option = new Option<string>("--face") { Description = "Which face, where there are several.", HelpName = "largest|left|right|center|N", DefaultValueFactory = _ => "largest" };
        option.Validators.Add(result => Try(result, () => FaceChoice.Parse(result.GetValueOrDefault<string>()!)));
        return option;
    }

    /// <summary><c>--batch-size</c>.</summary>
    public static Option<int?> BatchSize()
    {
        var option = new Option<int?>("--batch-size") { Description = "Frames that are rendered at once, 1 to 64. [8 on a GPU, 1 on a CPU]", HelpName = "N" };
        option.Validators.Add(result => RequireRange(result, "--batch-size", 1, 64, result.GetValueOrDefault<int?>()));
        return option;
    }

    /// <summary>What <c>--emotion</c> says.</summary>
    public static Emotion ToEmotion(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? (Emotion)number
        : Enum.Parse<Emotion>(name, ignoreCase: true);

    /// <summary>What <c>--smooth</c> says.</summary>
    public static MotionSmoothing ToSmoothing(string name) => name switch
    {
        "ema" => MotionSmoothing.ExponentialMovingAverage,
        "kalman" => MotionSmoothing.Kalman,
        _ => MotionSmoothing.None,
    };

    /// <summary>What <c>--paste-back</c> says.</summary>
    public static PasteBackMode ToPasteBack(string name) => name switch
    {
        "laplacian" => PasteBackMode.Laplacian,
        "face-mask" => PasteBackMode.FaceMask,
        "none" => PasteBackMode.None,
        _ => PasteBackMode.Feather,
    };

    private static void RequireRange(OptionResult result, string name, double lowest, double highest, double? value)
    {
        if (value is { } given && !(given >= lowest && given <= highest))
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be from {lowest} to {highest}, not {given}."));
        }
    }

    private static void Try(OptionResult result, Func<FaceChoice> parse)
    {
        try
        {
            parse();
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Moda.Runtime.Audio;
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
    public static Option<float?> GuidanceScale() =>
        new Option<float?>("--cfg-scale") { Description = "Classifier-free guidance; 1 is none. [1.2]", HelpName = "X" }.AcceptOnlyRange(0, 100);

    /// <summary><c>--emotion</c>.</summary>
    public static Option<string> EmotionName() => new Option<string>("--emotion")
    {
        Description = "The emotion that the motion shows.",
        HelpName = "none|anger|contempt|disgust|fear|happiness|neutral|sadness|surprise|0..8",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong(EmotionNames);

    /// <summary><c>--emotion-scale</c>.</summary>
    /// <param name="emotion">The command's <c>--emotion</c>, without which there is nothing to scale.</param>
    public static Option<float?> EmotionScale(Option<string> emotion)
    {
        var option = new Option<float?>("--emotion-scale") { Description = "How strongly the emotion shows, 0 to 100; 8 is a lot. [as --cfg-scale]", HelpName = "X" };
        option.Validators.Add(result =>
        {
            // The word is read here, because asking for the value of a word that is no emotion throws.
            if (result.GetResult(emotion) is not { Tokens: [{ Value: not ("none" or "8") }] })
            {
                result.AddError("--emotion-scale needs --emotion: there is no emotion to show.");
            }
            else
            {
                NumberRange.Validate(result, "--emotion-scale", 0, 100);
            }
        });
        return option;
    }

    /// <summary><c>--seed</c>.</summary>
    public static Option<ulong> Seed() => new("--seed") { Description = "The same seed gives the same video.", HelpName = "N", DefaultValueFactory = _ => 42 };

    /// <summary><c>--steps</c>.</summary>
    public static Option<int?> Steps() =>
        new Option<int?>("--steps") { Description = "Sampling steps, 2 to 1000. [10]", HelpName = "N" }.AcceptOnlyRange(2, 1000);

    /// <summary><c>--face</c>.</summary>
    public static Option<string> Face()
    {
        var option = new Option<string>("--face") { Description = "Which face, where there are several.", HelpName = "largest|left|right|center|N", DefaultValueFactory = _ => "largest" };
        option.Validators.Add(result => Try(result, () => FaceChoice.Parse(result.GetValueOrDefault<string>()!)));
        return option;
    }

    /// <summary><c>--faces</c>.</summary>
    /// <param name="numbers">How they are numbered.</param>
    public static Option<string?> Faces(string numbers)
    {
        var option = new Option<string?>("--faces") { Description = $"Several faces that speak in the same frames: all, or their numbers {numbers}.", HelpName = "all|1,3" };
        option.Validators.Add(result => Try(result, () => FaceSelection.Parse(result.GetValueOrDefault<string>()!)));
        return option;
    }

    /// <summary><c>--voice</c>.</summary>
    public static Option<string[]> Voices()
    {
        var option = new Option<string[]>("--voice") { Description = "The voice of one of several faces, by its number; once for each face.", HelpName = "N=FILE" };
        option.Validators.Add(result => Try(result, () => ToVoices(result.GetValueOrDefault<string[]>()!)));
        return option;
    }

    /// <summary>What <c>--voice</c> says: files by the numbers of faces.</summary>
    /// <exception cref="FormatException">One says something else, or a face has two voices.</exception>
    public static IReadOnlyDictionary<int, string> ToVoices(string[] values)
    {
        var voices = new SortedDictionary<int, string>();
        foreach (string value in values)
        {
            int equals = value.IndexOf('=', StringComparison.Ordinal);
            string file = value[(equals + 1)..];
            if (equals < 1 || file.Length == 0 || file == AudioInput.StandardInput
                || !int.TryParse(value.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out int face) || face < 1)
            {
                throw new FormatException($"--voice {value} names no face's voice; N=FILE does, such as 2=anna.wav.");
            }

            if (!voices.TryAdd(face, file))
            {
                throw new FormatException($"--voice gives face {face} two voices.");
            }
        }

        return voices;
    }

    /// <summary><c>--paste-back</c>.</summary>
    public static Option<string> PasteBack() => new Option<string>("--paste-back")
    {
        Description = "How the rendered face is put back into the portrait; none writes the 512 x 512 crop.",
        HelpName = "feather|laplacian|face-mask|none",
        DefaultValueFactory = _ => "feather",
    }.AcceptOnlyFromAmong("feather", "laplacian", "face-mask", "none");

    /// <summary><c>--region</c>.</summary>
    public static Option<string?> Region() => new Option<string?>("--region")
    {
        Description = "What of the face follows the motion. [all]",
        HelpName = "all|exp|pose|lip|eyes",
    }.AcceptOnlyFromAmong("all", "exp", "pose", "lip", "eyes");

    /// <summary><c>--landmarks</c>.</summary>
    public static Option<string?> Landmarks() => new("--landmarks") { Description = "The face's landmarks (5, 68, 106 or 203 points) as JSON, or what --list-faces printed, instead of finding it.", HelpName = "points.json" };

    /// <summary><c>--face-models</c>.</summary>
    public static Option<string?> FaceModels() => new("--face-models")
    {
        Description = "A folder with insightface's det_10g.onnx and 2d106det.onnx and LivePortrait's landmark.onnx, to find faces as the reference does; used without this option where they lie with the weights.",
        HelpName = "DIR",
    };

    /// <summary><c>--smooth</c>.</summary>
    public static Option<string> Smooth() => new Option<string>("--smooth")
    {
        Description = "Smoothing of the motion.",
        HelpName = "none|ema|kalman",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "ema", "kalman");

    /// <summary><c>--driving-face</c>.</summary>
    public static Option<string> DrivingFace()
    {
        var option = new Option<string>("--driving-face") { Description = "Which face of the driving video or picture.", HelpName = "largest|left|right|center|N", DefaultValueFactory = _ => "largest" };
        option.Validators.Add(result => Try(result, () => FaceChoice.Parse(result.GetValueOrDefault<string>()!)));
        return option;
    }

    /// <summary><c>--batch-size</c>.</summary>
    public static Option<int?> BatchSize() => new Option<int?>("--batch-size")
    {
        Description = "Frames that are rendered at once, 1 to 64. [8 on a GPU, 1 on a CPU]",
        HelpName = "N",
    }.AcceptOnlyRange(1, 64);

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

    private static void Try(OptionResult result, Func<object> parse)
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

using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Weights;
using Moda.Weights.Files;

namespace Moda.Cli.Configuration;

/// <summary>
/// What the reference's YAML files say about the options that this engine shares with it. Paths of weights in them are not used:
/// they name PyTorch checkpoints.
/// </summary>
internal sealed record InferenceConfiguration
{
    // Of motion. Beyond it, keypoints leave every picture.
    private const double LargestFactor = 1000;

    /// <summary>How a portrait is prepared (<c>crop_config.yaml</c>, <c>liveportrait_config.yaml</c>).</summary>
    public PortraitOptions Portrait { get; init; } = new();

    /// <summary>How the clip is generated.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Reads inference.yaml and the model configs that it names.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConfigurationException">A file is missing or damaged, or asks for what this engine does not do.</exception>
    public static InferenceConfiguration Load(string path)
    {
        YamlConfiguration root = YamlConfiguration.Load(path);
        YamlConfiguration? rendering = Named(root, "motion_processer_config");
        YamlConfiguration? sampling = Named(root, "motion_models_config");
        YamlConfiguration? audio = Named(root, "audio_model_config");
        YamlConfiguration? crop = rendering is null ? null : Named(rendering, "crop_cfg");
        RequireFrameRate(root, "output_fps");
        if (audio is not null)
        {
            RequireFrameRate(audio, "data_params.fps");
        }

        var defaults = new InferenceConfiguration();
        return new InferenceConfiguration
        {
            Portrait = ReadPortrait(defaults.Portrait, rendering, crop),
            Generation = defaults.Generation with
            {
                Sampling = ReadSampling(defaults.Generation.Sampling, sampling),
                Audio = ReadAudio(defaults.Generation.Audio, audio),
                Driving = ReadDriving(defaults.Generation.Driving, rendering),
            },
        };
    }

    /// <summary>The region that <c>animation_region</c> and <c>--region</c> name; unknown names mean all of the face.</summary>
    public static AnimationRegion ToRegion(string name) => name switch
    {
        "exp" => AnimationRegion.Expression,
        "pose" => AnimationRegion.Pose,
        "lip" => AnimationRegion.Lip,
        "eyes" => AnimationRegion.Eyes,
        _ => AnimationRegion.All,
    };

    private static PortraitOptions ReadPortrait(PortraitOptions defaults, YamlConfiguration? rendering, YamlConfiguration? crop) => new()
    {
        LongestSide = rendering?.Integer("source_max_dim", 16, 100_000) ?? defaults.LongestSide,
        Framing = new FaceRegionOptions(
            crop?.Number("scale", 0.1, 100) ?? defaults.Framing.Scale,
            crop?.Number("vx_ratio", -100, 100) ?? defaults.Framing.OffsetX,
            crop?.Number("vy_ratio", -100, 100) ?? defaults.Framing.OffsetY),
    };

    private static MotionSamplingOptions ReadSampling(MotionSamplingOptions defaults, YamlConfiguration? file)
    {
        if (file?.Text("noise_scheduler.type") is { } type && type != "flow_matching")
        {
            throw file.Unexpected("noise_scheduler.type", type, "flow_matching, which the published motion generator was trained with,");
        }

        return defaults with { Steps = file?.Integer("noise_scheduler.params.num_inference_steps", 1, 1000) ?? defaults.Steps };
    }

    private static AudioPreparationOptions ReadAudio(AudioPreparationOptions defaults, YamlConfiguration? file) =>
        file?.Number("data_params.max_length", 0.1, AudioPreparation.LongestDuration.TotalSeconds) is { } seconds
            ? defaults with { PieceDuration = TimeSpan.FromSeconds(seconds) }
            : defaults;

    private static DrivingOptions ReadDriving(DrivingOptions defaults, YamlConfiguration? file) => file is null ? defaults : defaults with
    {
        Region = file.Text("animation_region") is { } region ? ToRegion(region) : defaults.Region,
        RelativeMotion = file.Flag("flag_relative_motion") ?? defaults.RelativeMotion,
        ExpressionFriendly = file.Text("driving_option") is { } option ? option == "expression-friendly" : defaults.ExpressionFriendly,
        Stitching = file.Flag("flag_stitching") ?? defaults.Stitching,
        Multiplier = (float?)file.Number("driving_multiplier", -LargestFactor, LargestFactor) ?? defaults.Multiplier,
        NormalizeLip = file.Flag("flag_normalize_lip") ?? defaults.NormalizeLip,
        OpenLipRatio = (float?)file.Number("lip_normalize_threshold", -LargestFactor, LargestFactor) ?? defaults.OpenLipRatio,
    };

    /// <summary>
    /// The file that another names: as it stands, or by its name in the folders around the one that names it, since published
    /// configurations carry the paths of the machine they were written on.
    /// </summary>
    private static YamlConfiguration? Named(YamlConfiguration file, string key)
    {
        if (file.Text(key) is not { } named)
        {
            return null;
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        string name = Path.GetFileName(named);
        string[] candidates =
        [
            named,
            Path.Combine(folder, named),
            Path.Combine(folder, name),
            Path.Combine(folder, "..", "model", name),
            Path.Combine(folder, "model", name),
        ];
        string found = candidates.FirstOrDefault(File.Exists) ?? throw new ConfigurationException(
            $"'{file.Path}' names '{Shown(named)}' as its {key}, but there is no such file, nor '{Shown(name)}' beside it or in ../model.");

        // A pipe or a terminal that the user has not named would be waited for.
        return OrdinaryFile.Length(found) > 0
            ? YamlConfiguration.Load(found)
            : throw new ConfigurationException($"'{file.Path}' names '{Shown(named)}' as its {key}, which is empty, or not an ordinary file.");
    }

    private static string Shown(string name) => ShownText.Of(name, ShownText.LongestName);

    private static void RequireFrameRate(YamlConfiguration file, string key)
    {
        if (file.Integer(key, 1, 1000) is { } rate && rate != GenerationOptions.FramesPerSecond)
        {
            throw file.Unexpected(key, $"{rate}", $"{GenerationOptions.FramesPerSecond}, which the published motion generator was trained with,");
        }
    }
}

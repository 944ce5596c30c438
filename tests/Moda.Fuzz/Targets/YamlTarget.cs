using System.Text;
using Moda.Cli.Configuration;
using Moda.Fuzz.Mutations;

namespace Moda.Fuzz.Targets;

/// <summary>The reference's configurations, which name others.</summary>
internal sealed class YamlTarget : IFuzzTarget
{
    private const string Seed = """
        # inference.yaml
        output_fps: 25
        defaults: &defaults
          driving_multiplier: 1.0
          flag_stitching: true
        motion_processer_config: rendering.yaml
        motion_models_config: ./inference.yaml
        audio_model_config: "inference.yaml"
        noise_scheduler: {type: flow_matching, params: {num_inference_steps: 10}}
        data_params:
          max_length: 60
          fps: 25
        more:
          - *defaults
          - [1, 2.5, 'text', "two\nlines"]
          - |
            a block
            of text
          - ? a key
            : a value

        """;

    private const string Rendering = """
        source_max_dim: 1920
        animation_region: all
        flag_relative_motion: false
        driving_option: expression-friendly
        driving_multiplier: 1.0
        lip_normalize_threshold: 0.03
        crop_cfg: inference.yaml
        scale: 2.3
        vx_ratio: 0.0
        vy_ratio: -0.125

        """;

    public string Name => "yaml";

    public string FileName => "inference.yaml";

    public void Prepare(string folder) => File.WriteAllText(Path.Combine(folder, "rendering.yaml"), Rendering);

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.UTF8.GetBytes(Seed),
        Encoding.UTF8.GetBytes(Seed + Rendering.Replace("crop_cfg: inference.yaml", "crop_cfg: rendering.yaml", StringComparison.Ordinal)),
    ];

    public byte[] Mutate(Random random, byte[] original)
    {
        string text = YamlMutation.Apply(random, Encoding.UTF8.GetString(original));
        return random.Chance(0.2) ? ByteMutation.Apply(random, Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text);
    }

    public void Read(string path) => InferenceConfiguration.Load(path);

    public bool IsRefusal(Exception exception) => exception is ConfigurationException;
}

using System.Text;
using Moda.Fuzz.Mutations;
using Moda.Tests;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary><c>config.json</c> of a published audio encoder; it stands for the preprocessor's file too.</summary>
internal sealed class AudioSettingsTarget : IFuzzTarget
{
    private static readonly string Seed = File.ReadAllText(
        TestData.Path("fixtures", "pretrained_weights", "audio", "chinese-hubert-base", "config.json")).TrimEnd().TrimEnd('}')
        + ", \"do_normalize\": true, \"sampling_rate\": 16000}";

    public string Name => "config-json";

    public string FileName => "config.json";

    public byte[] Make(Random random) => Encoding.UTF8.GetBytes(JsonMutation.Apply(random, Seed));

    public void Read(string path) => AudioEncoderSettings.Read(path, path);

    public bool IsRefusal(Exception exception) => exception is CheckpointFormatException or IOException;
}

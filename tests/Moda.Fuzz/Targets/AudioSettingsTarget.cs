using System.Text;
using Moda.Fuzz.Mutations;
using Moda.Testing;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary><c>config.json</c> of a published audio encoder; it stands for the preprocessor's file too.</summary>
internal sealed class AudioSettingsTarget : IFuzzTarget
{
    private static readonly byte[] Seed = Encoding.UTF8.GetBytes(File.ReadAllText(
        TestData.Path("fixtures", "pretrained_weights", "audio", "chinese-hubert-base", "config.json")).TrimEnd().TrimEnd('}')
        + ", \"do_normalize\": true, \"sampling_rate\": 16000}");

    public string Name => "config-json";

    public string FileName => "config.json";

    public IReadOnlyList<byte[]> Seeds { get; } = [Seed];

    public byte[] Mutate(Random random, byte[] original) => Encoding.UTF8.GetBytes(JsonMutation.Apply(random, Encoding.UTF8.GetString(original)));

    public void Read(string path) => AudioEncoderSettings.Read(path, path);

    public bool IsRefusal(Exception exception) => exception is CheckpointFormatException or IOException;
}

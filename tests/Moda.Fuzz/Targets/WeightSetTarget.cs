using System.Text;
using Moda.Fuzz.Mutations;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Fuzz.Targets;

/// <summary><c>moda.json</c>, beside the weights that it describes.</summary>
internal sealed class WeightSetTarget : IFuzzTarget
{
    private byte[] seed = [];

    public string Name => "moda-json";

    public string FileName => WeightSetDescription.FileName;

    public void Prepare(string folder)
    {
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, 0, folder);
        seed = File.ReadAllBytes(Path.Combine(folder, FileName));
    }

    public IReadOnlyList<byte[]> Seeds => [seed];

    public byte[] Mutate(Random random, byte[] original) => random.Chance(0.2)
        ? ByteMutation.Apply(random, original)
        : Encoding.UTF8.GetBytes(JsonMutation.Apply(random, Encoding.UTF8.GetString(original)));

    public void Read(string path)
    {
        using WeightSet set = WeightSet.Open(Path.GetDirectoryName(path)!);
        _ = set.ByteLength;
    }

    public bool IsRefusal(Exception exception) => exception is CheckpointFormatException or WeightVersionException
        or TensorNotFoundException or TensorMismatchException or IOException;
}

using System.Text;
using Moda.Fuzz.Mutations;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary><c>moda.json</c>, beside the weights that it describes.</summary>
internal sealed class WeightSetTarget : IFuzzTarget
{
    private string seed = "";

    public string Name => "moda-json";

    public string FileName => WeightSetDescription.FileName;

    public void Prepare(string folder)
    {
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, 0, folder);
        seed = File.ReadAllText(Path.Combine(folder, FileName));
    }

    public byte[] Make(Random random) => random.Chance(0.2)
        ? ByteMutation.Apply(random, Encoding.UTF8.GetBytes(seed))
        : Encoding.UTF8.GetBytes(JsonMutation.Apply(random, seed));

    public void Read(string path)
    {
        using WeightSet set = WeightSet.Open(Path.GetDirectoryName(path)!);
        _ = set.ByteLength;
    }

    public bool IsRefusal(Exception exception) => exception is CheckpointFormatException or WeightVersionException
        or TensorNotFoundException or TensorMismatchException or IOException;
}

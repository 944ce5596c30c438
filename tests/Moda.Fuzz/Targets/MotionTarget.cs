using Moda.Fuzz.Mutations;
using Moda.Runtime.Motion;
using Moda.Testing;

namespace Moda.Fuzz.Targets;

/// <summary>Files of motion: pickled templates of every form, and safetensors.</summary>
internal sealed class MotionTarget : IFuzzTarget
{
    private static readonly byte[][] Files = [.. MotionTemplates.Names.Select(MotionTemplates.Read), Safetensors()];

    public string Name => "motion";

    public string FileName => "a.motion";

    public IReadOnlyList<byte[]> Seeds => Files;

    public byte[] Mutate(Random random, byte[] original)
    {
        if (original[0] == 0x80 && original[1] <= 5)
        {
            byte[] made = random.Chance(0.25) ? original : PickleMutation.Apply(random, original);
            return made == original || random.Chance(0.25) ? ByteMutation.Apply(random, made) : made;
        }

        return SafetensorsBytes.Header(original) is not string header
            ? ByteMutation.Apply(random, original)
            : random.Next(4) switch
            {
                0 => ByteMutation.Apply(random, original),
                1 => SafetensorsBytes.WithHeader(original, JsonMutation.Apply(random, header)),
                _ => SafetensorsBytes.Reshape(random, original),
            };
    }

    public void Read(string path)
    {
        var motion = MotionTemplate.Load(path);
        Assert(motion.Expressions.Length == motion.Frames * 63);
    }

    public bool IsRefusal(Exception exception) => exception is MotionFileException or IOException;

    private static void Assert(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A template has fewer values than its frames need.");
        }
    }

    private static byte[] Safetensors()
    {
        string path = Path.GetTempFileName();
        float[] identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        new MotionTemplate(25, new float[2], (float[])[.. identity, .. identity], new float[126], new float[6])
        {
            EyeRatios = new float[4],
            LipRatios = new float[2],
        }.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}

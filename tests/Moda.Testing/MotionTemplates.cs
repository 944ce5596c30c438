using Moda.Weights.Safetensors;

namespace Moda.Testing;

/// <summary>LivePortrait's pickled templates of motion, in every form that the reference's case has: good ones and such that must be refused.</summary>
public static class MotionTemplates
{
    private const string Prefix = "input.file.";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names
    {
        get
        {
            using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("motion_template.any"));
            return [.. file.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])];
        }
    }

    /// <summary>The bytes of one.</summary>
    public static byte[] Read(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("motion_template.any"));
        return file.ReadBytes(Prefix + name);
    }
}

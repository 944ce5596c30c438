using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights;

/// <summary>The available sizes of synthetic weights.</summary>
public enum WeightPreset
{
    /// <summary>The published structure with small widths, for tests and for trials on a CPU.</summary>
    Tiny,

    /// <summary>The published sizes.</summary>
    Full,
}

/// <summary>Spellings of <see cref="WeightPreset"/>.</summary>
internal static class WeightPresets
{
    /// <summary>The spelling in command lines and files: <c>tiny</c>, <c>full</c>.</summary>
    public static string Name(this WeightPreset preset) => preset == WeightPreset.Tiny ? "tiny" : "full";

    /// <summary>Parses the spelling in command lines and files.</summary>
    /// <returns>Whether the name is a preset.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, out WeightPreset preset)
    {
        preset = name == "full" ? WeightPreset.Full : WeightPreset.Tiny;
        return name is "tiny" or "full";
    }
}

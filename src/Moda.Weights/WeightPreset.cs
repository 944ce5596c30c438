using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights;

/// <summary>The sizes that synthetic weights come in.</summary>
public enum WeightPreset
{
    /// <summary>The published structure at small widths, for tests and for trying things out on a CPU.</summary>
    Tiny,

    /// <summary>The published sizes.</summary>
    Full,
}

/// <summary>Spellings of <see cref="WeightPreset"/>.</summary>
internal static class WeightPresets
{
    /// <summary>The spelling of command lines and files: <c>tiny</c>, <c>full</c>.</summary>
    public static string Name(this WeightPreset preset) => preset == WeightPreset.Tiny ? "tiny" : "full";

    /// <summary>Reads that spelling.</summary>
    /// <returns>Whether it is one of the presets.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, out WeightPreset preset)
    {
        preset = name == "full" ? WeightPreset.Full : WeightPreset.Tiny;
        return name is "tiny" or "full";
    }
}

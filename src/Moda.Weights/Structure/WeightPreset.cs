namespace Moda.Weights;

/// <summary>The sizes that synthetic weights come in.</summary>
public enum WeightPreset
{
    /// <summary>The published structure at small widths, for tests and for trying things out on a CPU.</summary>
    Tiny,

    /// <summary>The published sizes.</summary>
    Full,
}

using Moda.Weights.Sets;

namespace Moda.Testing;

/// <summary>The open checkpoint and the cases of what PyTorch computes with it.</summary>
public static class OpenCheckpointFiles
{
    private static readonly string Folder = TestData.Path("..", "..", "open-checkpoint");

    /// <summary>Why tests that need the files are skipped where <see cref="Exist"/> is false.</summary>
    public const string Missing = "the open checkpoint is not part of the bundle";

    /// <summary>Whether they are here: a bundle has neither the weights nor their cases.</summary>
    public static bool Exist { get; } = Directory.Exists(Folder);

    /// <summary>The networks that have a case.</summary>
    public static IReadOnlyList<string> Networks { get; } =
        ["hubert", "dit", "dit_sample", "appearance", "motion_extractor", "warping", "spade", "stitching"];

    /// <summary>The case of a network.</summary>
    public static string Case(string network) => TestData.Path("open-checkpoint", network + ".open.safetensors");

    /// <summary>Opens the weights; the caller disposes them.</summary>
    public static WeightSet Open() => WeightSet.Open(Folder);
}

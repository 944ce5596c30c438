using Moda.Weights.Sets;
using Xunit;

namespace Moda.Tests;

/// <summary>The open checkpoint and what PyTorch computes with it.</summary>
internal static class OpenCheckpointFiles
{
    private static readonly string Folder = TestData.Path("..", "..", "open-checkpoint");

    /// <summary>Those that have a case.</summary>
    public static TheoryData<string> Networks =>
        ["hubert", "dit", "dit_sample", "appearance", "motion_extractor", "warping", "spade", "stitching"];

    /// <summary>The case of a network.</summary>
    public static string Case(string network)
    {
        SkipWithoutThem();
        return TestData.Path("open-checkpoint", network + ".open.safetensors");
    }

    /// <summary>Opens the weights.</summary>
    public static WeightSet Open()
    {
        SkipWithoutThem();
        return WeightSet.Open(Folder);
    }

    /// <summary>A bundle has neither the weights nor their cases.</summary>
    private static void SkipWithoutThem() => Assert.SkipUnless(Directory.Exists(Folder), "the open checkpoint is not part of the bundle");
}

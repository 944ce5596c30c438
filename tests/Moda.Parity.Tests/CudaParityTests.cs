using Moda.Kernels;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Inventory;
using Moda.Testing;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Every network against what the reference computes, on a GPU in both precisions; skipped where there is none.</summary>
public sealed class CudaParityTests
{
    private static readonly string? Problem = CudaDevices.Enumerate().Problem?.Split(';')[0];

    public static TheoryData<string, ElementType> CasesAndPrecisions => new(
        from name in (string[])
        [
            "appearance.tiny", "appearance.full", "motion_extractor.tiny", "motion_extractor.full", "warping.tiny", "warping.full",
            "spade.tiny", "spade.full", "stitching.any", "bisenet.full", "hubert.tiny", "hubert.full", "dit.tiny", "dit.full",
            "dit_sample.tiny", "dit_sample.full", "emotion_guidance.tiny",
        ]
        from precision in Enum.GetValues<ElementType>()
        select (name, precision));

    public static TheoryData<string, ElementType> OpenCheckpointAndPrecisions => new(
        from network in OpenCheckpointFiles.Networks
        from precision in Enum.GetValues<ElementType>()
        select (network, precision));

    [Theory]
    [MemberData(nameof(CasesAndPrecisions))]
    public void A_network_computes_what_the_reference_computes(string name, ElementType precision) => Hold(TestData.Case(name), precision);

    [Theory]
    [MemberData(nameof(OpenCheckpointAndPrecisions))]
    public void With_the_open_checkpoint_a_network_computes_what_PyTorch_computes(string network, ElementType precision)
    {
        Assert.SkipUnless(OpenCheckpointFiles.Exist, OpenCheckpointFiles.Missing);
        Hold(OpenCheckpointFiles.Case(network), precision);
    }

    private static void Hold(string path, ElementType precision)
    {
        Assert.SkipUnless(Problem is null, Problem ?? string.Empty);
        using var device = new CudaDevice(TestGpu.Ordinal, precision);
        CaseCheck.Run(device, path);
    }
}

using Moda.Kernels;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Inventory;
using Moda.Testing;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Every case of the reference on a GPU in both precisions; skipped where there is none.</summary>
public sealed class CudaParityTests
{
    private static readonly string? Problem = CudaDevices.Enumerate().Problem?.Split(';')[0];

    public static TheoryData<string, ElementType> CasesAndPrecisions => new(
        from name in CaseCheck.AllCases
        from precision in Enum.GetValues<ElementType>()
        select (name, precision));

    public static TheoryData<string, ElementType> OpenCheckpointAndPrecisions => new(
        from network in OpenCheckpointFiles.Networks
        from precision in Enum.GetValues<ElementType>()
        select (network, precision));

    [Theory]
    [MemberData(nameof(CasesAndPrecisions))]
    public void A_case_gives_what_the_reference_computes(string name, ElementType precision) => Hold(TestData.Case(name), precision);

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

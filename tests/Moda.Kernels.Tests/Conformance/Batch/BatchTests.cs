using System.Reflection;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>
/// The bytes of a batch element depend neither on the others nor on their number, for one number of planned elements: that of a network's
/// frames, 8, and that of clips that share a step of the motion generator, 1.
/// </summary>
public sealed class BatchTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    private static readonly int[] PlannedElements = [1, 8];

    private static readonly BatchCase[] SmallCases = [.. SpatialBatchCases.All, .. TransformerBatchCases.All, .. MatrixBatchCases.Small];

    /// <summary>All devices with all ops.</summary>
    public static TheoryData<string, string> DevicesAndOps => new(
        from device in TestDevice.All
        from op in SmallCases.Select(batchCase => batchCase.Op).Distinct()
        select (device.Name, op));

    /// <summary>CUDA with all networks.</summary>
    public static TheoryData<string, string> CudaAndNetworks => new(
        from device in TestDevice.Cuda
        from network in NetworkConvolutions.All.Select(layer => layer.Network).Distinct()
        select (device.Name, network));

    /// <summary>CUDA in both precisions.</summary>
    public static TheoryData<string> Cuda => [.. TestDevice.Cuda.Select(device => device.Name)];

    [Theory]
    [MemberData(nameof(DevicesAndOps))]
    public void Elements_are_the_same_alone_and_in_company(string deviceName, string op) =>
        AssertAll(deviceName, SmallCases.Where(batchCase => batchCase.Op == op), PlannedElements, BatchRun.AllBatches);

    [Theory]
    [MemberData(nameof(CudaAndNetworks))]
    public void Elements_of_the_networks_convolutions_are_the_same_alone_and_in_company(string deviceName, string network) =>
        AssertAll(deviceName, MatrixBatchCases.OfNetwork(network), [8], BatchRun.FewBatches);

    [Theory]
    [MemberData(nameof(Cuda))]
    public void Elements_of_the_motion_generators_layers_are_the_same_alone_and_in_company(string deviceName) =>
        AssertAll(deviceName, MatrixBatchCases.OfMotionGenerator, [1], BatchRun.FewBatches);

    [Fact]
    public void Every_op_has_a_case()
    {
        IEnumerable<string> plain = typeof(Workspace)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && !method.Name.StartsWith("Allocate", StringComparison.Ordinal))
            .Select(method => method.Name)
            .Except([nameof(Workspace.BeginScope), nameof(Workspace.Dispose)]);
        IEnumerable<string> fused = typeof(FusedOperations)
            .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => method.GetParameters()[0].ParameterType == typeof(Workspace))
            .Select(method => method.Name);
        IEnumerable<string> ops = plain.Concat(fused);

        Assert.Equal(ops.Distinct().Order(), SmallCases.Select(batchCase => batchCase.Op).Distinct().Order());
    }

    private void AssertAll(string deviceName, IEnumerable<BatchCase> cases, int[] plannedElements, int[][] batches)
    {
        TestDevice testDevice = TestDevice.All.Single(device => device.Name == deviceName);
        Device device = devices.Open(testDevice);
        foreach (BatchCase batchCase in testDevice.Choose([.. cases], batchCase => batchCase.ElementCount, few: 1))
        {
            using var run = new BatchRun(batchCase, device);
            foreach (int planned in plannedElements)
            {
                run.AssertElementsAreTheSameInCompany(planned, batches);
            }
        }
    }
}

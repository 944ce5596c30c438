using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>The networks' ops at their real size, which the conformance cases are too small for.</summary>
public sealed class NetworkOpTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    public static TheoryData<string> Names => [.. NetworkOps.All.Select(op => op.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Cpu_results_are_finite_and_the_same_bits_for_any_number_of_threads(string name)
    {
        NetworkOp op = NetworkOps.All.Single(op => op.ToString() == name);
        float[]? first = null;
        foreach (TestDevice testDevice in TestDevice.CpuThreadCounts)
        {
            Device device = devices.Open(testDevice);
            using var run = new NetworkOpRun(device, op);
            run.Invoke();
            var values = new float[run.Output.Shape.ElementCount];
            device.Read(run.Output, values);
            Assert.All(values.Where(value => !float.IsFinite(value)).Take(1), value => Assert.Fail($"{op} gives {value}."));
            first ??= values;
            Assert.True(values.AsSpan().SequenceEqual(first), $"{op} differs on {testDevice}.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_second_run_allocates_nothing(string name)
    {
        Device device = devices.Open(TestDevice.CpuThreadCounts[0]);
        using var run = new NetworkOpRun(device, NetworkOps.All.Single(op => op.ToString() == name));
        run.Invoke();
        long before = GC.GetAllocatedBytesForCurrentThread();

        run.Invoke();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

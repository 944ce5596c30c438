using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>
/// Every op on every device against its plain float64 implementation: the relative L2 error is at most twice that of a plain float32
/// implementation, or two units in the last place of the device's format. Nothing outside the output changes.
/// </summary>
public sealed class ConformanceTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    private const int FewCases = 10;

    /// <summary>All devices with all ops.</summary>
    public static TheoryData<string, string> DevicesAndOps
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach (TestDevice device in TestDevice.All)
            {
                foreach (string op in OpCases.ByOp.Keys)
                {
                    rows.Add(device.Name, op);
                }
            }

            return rows;
        }
    }

    /// <summary>The devices that record, with all ops.</summary>
    public static TheoryData<string, string> CudaDevicesAndOps
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach (TestDevice device in TestDevice.Cuda)
            {
                foreach (string op in OpCases.ByOp.Keys)
                {
                    rows.Add(device.Name, op);
                }
            }

            return rows;
        }
    }

    /// <summary>All ops.</summary>
    public static TheoryData<string> Ops => [.. OpCases.ByOp.Keys];

    [Theory]
    [MemberData(nameof(DevicesAndOps))]
    public void Op_agrees_with_float64(string deviceName, string op)
    {
        TestDevice testDevice = TestDevice.All.Single(device => device.Name == deviceName);
        Device device = devices.Open(testDevice);
        foreach (OpCase opCase in testDevice.Choose(OpCases.ByOp[op], opCase => opCase.ElementCount, FewCases))
        {
            using var run = new OpRun(opCase, device);
            Expectation expected = opCase.Expect(device.ActivationType, run.StoredInputs);
            float[] actual = run.Run();
            double[] truth = opCase.Exact
                ? Array.ConvertAll(expected.Values, value => (double)device.ActivationType.Round((float)value))
                : expected.Values;
            double error = Expectation.RelativeError(truth, actual);
            double bound = opCase.Exact ? 0 : Math.Max(testDevice.ErrorFloor, 2 * expected.PlainError);
            Assert.True(
                error <= bound,
                $"{opCase} on {device.Name}: relative error {error:E2}, allowed {bound:E2}. {Worst(truth, actual)}");
            run.AssertNothingElseChanged();
        }
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Cpu_results_are_the_same_bits_for_any_number_of_threads(string op)
    {
        foreach (OpCase opCase in OpCases.ByOp[op])
        {
            float[]? first = null;
            foreach (TestDevice testDevice in TestDevice.CpuThreadCounts)
            {
                using var run = new OpRun(opCase, devices.Open(testDevice));
                float[] actual = run.Run();
                first ??= actual;
                Assert.True(actual.AsSpan().SequenceEqual(first), $"{opCase} differs on {testDevice}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndOps))]
    public void Op_allocates_nothing_from_its_second_call_on(string deviceName, string op)
    {
        TestDevice testDevice = TestDevice.All.Single(device => device.Name == deviceName);
        Device device = devices.Open(testDevice);
        foreach (OpCase opCase in testDevice.AllocatesOnCaller ? OpCases.ByOp[op].TakeLast(3) : [])
        {
            using var run = new OpRun(opCase, device);
            Assert.True(run.AllocatedBytes() == 0, $"{opCase} allocates {run.AllocatedBytes()} bytes.");
        }
    }

    [Theory]
    [MemberData(nameof(CudaDevicesAndOps))]
    public void Op_gives_the_same_bits_again_and_when_it_is_recorded(string deviceName, string op)
    {
        Device device = devices.Open(TestDevice.All.Single(device => device.Name == deviceName));
        foreach (OpCase opCase in OpCases.ByOp[op].Where(opCase => opCase.InPlaceOf < 0))
        {
            using var run = new OpRun(opCase, device);
            float[] first = run.Run();
            run.PoisonOutput();
            Assert.True(run.Run().AsSpan().SequenceEqual(first), $"{opCase} differs at the second call.");
            run.PoisonOutput();
            Assert.True(run.RunRecorded().AsSpan().SequenceEqual(first), $"{opCase} differs when it is recorded.");
        }
    }

    private static string Worst(double[] expected, float[] actual)
    {
        int worst = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = Math.Abs(actual[i] - expected[i]);
            if (double.IsNaN(difference) || difference > Math.Abs(actual[worst] - expected[worst]))
            {
                worst = i;
                if (double.IsNaN(difference))
                {
                    break;
                }
            }
        }

        return $"Element {worst} is {actual[worst]:R} instead of {expected[worst]:R}.";
    }
}

using Moda.Kernels.Cuda;
using Moda.Kernels.Tests.Conformance;
using Moda.Testing;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>Forwards on a GPU: recorded at their second run, with memory that stays within its limit.</summary>
public sealed class CudaForwardTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    private const int Channels = 64;

    [Fact]
    public void A_recorded_forward_computes_with_what_the_inputs_hold_now()
    {
        Device device = OpenShared();
        using var store = new ParameterStore(device);
        using ForwardPass<Ports> pass = Plan(device, store, rows: 80);
        for (int run = 0; run < 4; run++)
        {
            Assert.Equal(Expected(run), Compute(device, pass, run));
        }
    }

    /// <summary>The second forward makes the scratch memory grow, which the recording of the first must survive.</summary>
    [Fact]
    public void Recordings_survive_forwards_that_need_more_scratch_memory()
    {
        Device device = OpenShared();
        using var store = new ParameterStore(device);
        using ForwardPass<Ports> small = Plan(device, store, rows: 2);
        Compute(device, small, 0);
        Compute(device, small, 0);
        float[] before = Compute(device, small, 5);
        using (ForwardPass<Ports> large = Plan(device, store, rows: 300_000))
        {
            Compute(device, large, 0);
            Compute(device, large, 0);
            Assert.Equal(before, Compute(device, small, 5));
        }

        Assert.Equal(before, Compute(device, small, 5));
    }

    [Fact]
    public void Runs_allocate_nothing_on_the_device_or_the_host()
    {
        var device = (CudaDevice)OpenShared();
        using var store = new ParameterStore(device);
        using ForwardPass<Ports> pass = Plan(device, store, rows: 80);
        Compute(device, pass, 0);
        Compute(device, pass, 0);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        long used = device.UsedBytes;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        pass.Run(cancellation);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
        Assert.Equal(used, device.UsedBytes);
    }

    [Fact]
    public void An_arena_over_the_limit_is_refused_before_any_work_and_the_device_works_on()
    {
        using CudaDevice device = OpenOwn(memoryLimit: 256 << 20);
        using var store = new ParameterStore(device);
        InsufficientMemoryException refusal = Assert.Throws<InsufficientMemoryException>(() => Plan(device, store, rows: 2_000_000));
        Assert.Contains("256 MiB", refusal.Message, StringComparison.Ordinal);
        using ForwardPass<Ports> pass = Plan(device, store, rows: 80);
        Assert.Equal(Expected(1), Compute(device, pass, 1));
    }

    [Fact]
    public void Nothing_is_left_allocated()
    {
        using CudaDevice device = OpenOwn(memoryLimit: null);
        long before = device.UsedBytes;
        using (var store = new ParameterStore(device))
        using (ForwardPass<Ports> pass = Plan(device, store, rows: 80))
        {
            Compute(device, pass, 0);
            Compute(device, pass, 0);
            Assert.True(device.UsedBytes > before);
        }

        // Scratch memory stays, for the next forward.
        Assert.InRange(device.UsedBytes - before, 0, 64 << 20);
    }

    private static ForwardPass<Ports> Plan(Device device, ParameterStore store, int rows)
    {
        // The identity: sums of one product are exact.
        float[] identity = new float[Channels * Channels];
        for (int i = 0; i < Channels; i++)
        {
            identity[(i * Channels) + i] = 1;
        }

        LinearWeights weights = store.Linear(identity, [], Channels, Channels);
        return new ForwardPass<Ports>(device, workspace =>
        {
            Tensor input = workspace.Allocate(rows, Channels);
            Tensor product = workspace.Linear(input, weights, new Epilogue { Activation = Activation.LeakyRelu(0.5f) });
            return new Ports(input, workspace.Add(product, product));
        });
    }

    private static float[] Compute(Device device, ForwardPass<Ports> pass, int run)
    {
        var values = new float[pass.Ports.Input.Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = InputAt(run, i);
        }

        device.Write(values, pass.Ports.Input);
        pass.Run();
        var results = new float[Math.Min(values.Length, 80 * Channels)];
        device.Read(pass.Ports.Output.Slice(0, results.Length / Channels), results);
        return results;
    }

    private static float[] Expected(int run)
    {
        var expected = new float[80 * Channels];
        for (int i = 0; i < expected.Length; i++)
        {
            float value = InputAt(run, i);
            expected[i] = 2 * (value < 0 ? 0.5f * value : value);
        }

        return expected;
    }

    private static float InputAt(int run, int index) => ((index * 7) + (run * 13)) % 41 - 20;

    private static CudaDevice OpenOwn(long? memoryLimit)
    {
        Assert.SkipUnless(TestDevice.CudaProblem is null, TestDevice.CudaProblem ?? string.Empty);
        return new CudaDevice(TestGpu.Ordinal, ElementType.Float16, memoryLimit);
    }

    private Device OpenShared() => devices.Open(TestDevice.Cuda[1]);

    private readonly record struct Ports(Tensor Input, Tensor Output);
}

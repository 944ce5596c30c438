using Moda.Kernels.Cpu;
using Moda.Kernels.Cpu.Vector;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

/// <summary>Queues of a CPU device share its threads, and live as long as they are needed.</summary>
public sealed class CpuQueueTests
{
    [Fact]
    public void A_queue_has_the_threads_and_vectors_of_its_device()
    {
        using var device = new CpuDevice(3, FloatVector128.Count);
        using var queue = (CpuDevice)device.CreateQueue();
        using var second = (CpuDevice)queue.CreateQueue();

        Assert.Equal(device.Name, queue.Name);
        Assert.Equal((3, 3), (queue.ThreadCount, second.ThreadCount));
    }

    [Fact]
    public void Forwards_of_a_device_and_its_queues_run_beside_each_other()
    {
        using var device = new CpuDevice(2);
        using Device queue = device.CreateQueue();
        using var store = new ParameterStore(device);
        float[] weight = [.. Enumerable.Range(0, 64 * 64).Select(i => (float)((i % 7) - 3))];
        LinearWeights weights = store.Linear(weight, [], 64, 64);
        float[] expected = Run(device, weights, runs: 1);

        Parallel.Invoke(
            () => Assert.Equal(expected, Run(device, weights, runs: 200)),
            () => Assert.Equal(expected, Run(queue, weights, runs: 200)));
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(1, 0, 2)]
    [InlineData(2, 1, 0)]
    public void The_threads_end_with_the_last_of_them(params int[] order)
    {
        var device = new CpuDevice(2);
        Device[] all = [device, device.CreateQueue(), device.CreateQueue()];
        foreach (int place in order)
        {
            foreach (Device alive in order.SkipWhile(other => other != place).Select(other => all[other]))
            {
                Assert.Equal([2, 4, 6], Double(alive));
            }

            all[place].Dispose();
            all[place].Dispose();
        }

        Assert.Throws<ObjectDisposedException>(device.CreateQueue);
    }

    [Fact]
    public void Memory_of_a_queue_is_counted_with_its_devices()
    {
        using var device = new CpuDevice(1);
        using var queue = (CpuDevice)device.CreateQueue();
        using (queue.AllocateMemory(1000))
        {
            Assert.Equal((1000L, 1000L), (device.AllocatedBytes, queue.AllocatedBytes));
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    private static float[] Double(Device device)
    {
        using var workspace = new Workspace(device, 1024);
        Tensor values = workspace.Allocate(3);
        device.Write([1, 2, 3], values);
        var result = new float[3];
        device.Read(workspace.Add(values, values), result);
        return result;
    }

    private static float[] Run(Device device, LinearWeights weights, int runs)
    {
        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(100, 64);
            return (input, workspace.Activate(workspace.Linear(input, weights), Activation.Relu));
        });
        device.Write([.. Enumerable.Range(0, 6400).Select(i => (float)(i % 11))], pass.Ports.Input);
        var output = new float[6400];
        for (int run = 0; run < runs; run++)
        {
            pass.Run(TestContext.Current.CancellationToken);
            device.Read(pass.Ports.Output, output);
        }

        return output;
    }
}

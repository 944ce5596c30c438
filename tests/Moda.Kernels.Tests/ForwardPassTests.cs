using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ForwardPassTests : IDisposable
{
    private readonly CpuDevice device = new(1);

    public void Dispose() => device.Dispose();

    [Fact]
    public void A_forward_runs_again_on_new_inputs_at_the_same_addresses()
    {
        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, Forward);
        (Tensor input, Tensor output) = pass.Ports;
        var result = new float[8];

        device.Write([1, 2, 3, 4, 5, 6, 7, 8], input);
        pass.Run(TestContext.Current.CancellationToken);
        device.Read(output, result);
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32], result);

        device.Write([0, 0, 0, 0, 0, 0, 0, 1], input);
        pass.Run(TestContext.Current.CancellationToken);
        device.Read(output, result);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 4], result);
        Assert.Equal(output.Offset, pass.Ports.Output.Offset);
        Assert.Same(output.Memory, pass.Ports.Output.Memory);
    }

    [Fact]
    public void A_run_allocates_nothing_once_it_has_run()
    {
        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, Forward);
        device.Write(new float[8], pass.Ports.Input);
        pass.Run(TestContext.Current.CancellationToken);

        long before = GC.GetAllocatedBytesForCurrentThread();
        long blocks = device.AllocatedBytes;
        pass.Run(TestContext.Current.CancellationToken);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(blocks, device.AllocatedBytes);
    }

    [Fact]
    public void The_arena_is_as_large_as_the_most_that_is_alive_at_one_time()
    {
        using var pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor input = workspace.Allocate(1000);
            for (int i = 0; i < 10; i++)
            {
                using (workspace.BeginScope())
                {
                    workspace.Copy(input, workspace.Allocate(1000));
                }
            }

            return input;
        });

        Assert.InRange(pass.ArenaBytes, 8000, 8000 + device.Alignment);
        Assert.Equal(pass.ArenaBytes, device.AllocatedBytes);
    }

    [Fact]
    public void Disposal_leaves_nothing_alive()
    {
        using (var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, Forward))
        {
            pass.Run(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void A_shape_error_is_raised_by_the_constructor_and_leaves_nothing_alive()
    {
        Assert.Throws<TensorShapeException>(() => new ForwardPass<Tensor>(
            device, workspace => workspace.Add(workspace.Allocate(2, 3), workspace.Allocate(4))));

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void A_forward_that_grows_after_planning_is_refused()
    {
        int size = 100;
        using var pass = new ForwardPass<Tensor>(device, workspace => workspace.Allocate(size));
        size = 1000;

        Assert.Throws<InvalidOperationException>(() => pass.Run(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_cancelled_run_stops_before_its_next_op()
    {
        using var cancellation = new CancellationTokenSource();
        int ops = 0;
        using var pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor tensor = workspace.Allocate(4);
            for (int i = 0; i < 5; i++)
            {
                workspace.Add(tensor, tensor, output: tensor);
                ops++;
                if (i == 1 && ops > 10)
                {
                    cancellation.Cancel();
                }
            }

            return tensor;
        });
        Assert.Equal(10, ops);

        Assert.Throws<OperationCanceledException>(() => pass.Run(cancellation.Token));

        Assert.Equal(12, ops);
    }

    /// <summary>4 x, through two scratch tensors.</summary>
    private static (Tensor Input, Tensor Output) Forward(Workspace workspace)
    {
        Tensor input = workspace.Allocate(2, 4);
        Tensor output = workspace.Allocate(2, 4);
        using (workspace.BeginScope())
        {
            Tensor twice = workspace.Add(input, input);
            workspace.Add(twice, twice, output: output);
        }

        return (input, output);
    }
}

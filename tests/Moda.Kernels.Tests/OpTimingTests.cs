using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class OpTimingTests
{
    [Fact]
    public void A_profile_lists_the_ops_in_their_order_with_their_work()
    {
        using var device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        LinearWeights linear = store.Linear(new float[6], [], outputs: 2, inputs: 3);
        using var pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor input = workspace.Allocate(5, 3);
            Tensor output = workspace.Linear(input, linear);
            return workspace.Activate(output, Activation.Relu);
        });

        IReadOnlyList<OpTiming> profile = pass.Profile();

        Assert.Equal(["Linear", "Activate"], profile.Select(timing => timing.Op));
        Assert.Equal([30, 0], profile.Select(timing => timing.MultiplyAdds));
        Assert.Equal(new Shape(5, 2), profile[0].Output);
        Assert.All(profile, timing => Assert.True(timing.Elapsed > TimeSpan.Zero));
    }
}

using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Xunit;

namespace Moda.Kernels.Tests;

/// <summary>Forwards that take turns share the memory of the largest.</summary>
public sealed class ForwardArenaTests : IDisposable
{
    private readonly CpuDevice device = new(1);

    public void Dispose() => device.Dispose();

    [Fact]
    public void Passes_that_share_an_arena_take_turns_in_it()
    {
        using ForwardPass<Ports> large = Plan(8);
        using ForwardPass<Ports> small = Plan(2, large.Arena);

        Assert.Same(large.Arena, small.Arena);
        Assert.Equal(large.ArenaBytes, device.AllocatedBytes);
        Assert.InRange(small.ArenaBytes, 1, large.ArenaBytes / 2);
        for (int turn = 0; turn < 3; turn++)
        {
            Assert.Equal(Expected(8, turn), Compute(large, 8, turn));
            Assert.Equal(Expected(2, turn + 10), Compute(small, 2, turn + 10));
        }
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(2, 1, 0)]
    public void The_memory_lives_until_the_last_pass_is_disposed(params int[] order)
    {
        ForwardPass<Ports> large = Plan(8);
        ForwardPass<Ports>[] passes = [large, Plan(4, large.Arena), Plan(1, large.Arena)];
        int[] elements = [8, 4, 1];
        for (int i = 0; i < order.Length; i++)
        {
            Assert.NotEqual(0, device.AllocatedBytes);
            Assert.Equal(Expected(elements[order[i]], 3), Compute(passes[order[i]], elements[order[i]], 3));
            passes[order[i]].Dispose();
            passes[order[i]].Dispose();
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void A_pass_that_needs_more_than_there_is_is_refused()
    {
        using ForwardPass<Ports> small = Plan(2);
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Plan(8, small.Arena));

        Assert.Contains($"the arena that it was to share has {small.ArenaBytes}", refusal.Message, StringComparison.Ordinal);
        small.Dispose();
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void An_arena_of_another_device_or_of_the_past_is_refused()
    {
        using var other = new CpuDevice(1);
        using ForwardPass<Ports> pass = Plan(8);
        Assert.Throws<ArgumentException>(() => new ForwardPass<Ports>(other, workspace => Forward(workspace, 8), default, pass.Arena));

        pass.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Plan(8, pass.Arena));
    }

    [Fact]
    public void A_pass_that_fails_while_it_is_made_gives_the_arena_back()
    {
        ForwardPass<Ports> large = Plan(8);
        int calls = 0;
        Assert.Throws<NotSupportedException>(() => new ForwardPass<Tensor>(
            device,
            workspace => ++calls == 2 ? throw new NotSupportedException() : workspace.Allocate(16),
            default,
            large.Arena));

        large.Dispose();
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void A_borrower_that_grows_after_planning_is_refused_though_there_would_be_room()
    {
        int size = 16;
        using ForwardPass<Ports> large = Plan(8);
        using var pass = new ForwardPass<Tensor>(device, workspace => workspace.Allocate(size), default, large.Arena);
        size = 17;

        Assert.Throws<InvalidOperationException>(() => pass.Run(TestContext.Current.CancellationToken));
    }

    private ForwardPass<Ports> Plan(int elements, ForwardArena? arena = null) =>
        new(device, workspace => Forward(workspace, elements), new BatchPlan(elements, 8), arena);

    private static Ports Forward(Workspace workspace, int elements)
    {
        Tensor input = workspace.Allocate(elements, 100);
        return new Ports(input, workspace.Add(input, input));
    }

    private float[] Compute(ForwardPass<Ports> pass, int elements, int turn)
    {
        device.Write([.. Enumerable.Range(0, 100 * elements).Select(i => (float)(i + turn))], pass.Ports.Input);
        pass.Run(TestContext.Current.CancellationToken);
        var values = new float[100 * elements];
        device.Read(pass.Ports.Output, values);
        return values;
    }

    private static float[] Expected(int elements, int turn) => [.. Enumerable.Range(0, 100 * elements).Select(i => 2f * (i + turn))];

    private readonly record struct Ports(Tensor Input, Tensor Output);
}

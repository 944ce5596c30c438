using Moda.Kernels.Cpu;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class WorkspaceTests : IDisposable
{
    private readonly CpuDevice device = new(1);

    public void Dispose() => device.Dispose();

    [Fact]
    public void Tensors_are_aligned_and_do_not_overlap()
    {
        using var workspace = new Workspace(device, 4096);

        Tensor first = workspace.Allocate(3, 5);
        Tensor second = workspace.Allocate(7);

        Assert.Equal(0, first.Offset);
        Assert.Equal(64 / sizeof(float), second.Offset);
        Assert.Equal(64 + 7 * sizeof(float), workspace.PeakBytes);
    }

    [Fact]
    public void A_scope_gives_memory_back_and_the_peak_remembers_it()
    {
        using var workspace = new Workspace(device, 4096);
        workspace.Allocate(16);
        using (workspace.BeginScope())
        {
            workspace.Allocate(16);
            using (workspace.BeginScope())
            {
                Assert.Equal(32, workspace.Allocate(64).Offset);
            }

            Assert.Equal(32, workspace.Allocate(16).Offset);
        }

        Assert.Equal(16, workspace.Allocate(16).Offset);
        Assert.Equal((16 + 16 + 64) * sizeof(float), workspace.PeakBytes);
    }

    [Fact]
    public void An_arena_that_is_too_small_is_an_error_that_says_so()
    {
        using var workspace = new Workspace(device, 64);

        var exception = Assert.Throws<InvalidOperationException>(() => workspace.Allocate(17));
        Assert.Contains("68 bytes after 64", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Planning_takes_no_memory_and_skips_the_ops()
    {
        long before = device.AllocatedBytes;
        using var workspace = new Workspace(device);

        Tensor sum = workspace.Add(workspace.Allocate(1 << 15, 1 << 15), workspace.Allocate(1 << 15, 1 << 15));

        Assert.Null(sum.Memory);
        Assert.Equal(3L << 32, workspace.PeakBytes);
        Assert.Equal(before, device.AllocatedBytes);
    }

    [Fact]
    public void Disposal_gives_the_arena_back()
    {
        long before = device.AllocatedBytes;
        using (new Workspace(device, 1 << 20))
        {
            Assert.Equal(before + (1 << 20), device.AllocatedBytes);
        }

        Assert.Equal(before, device.AllocatedBytes);
    }

    public static TheoryData<string> Misfits => [.. MisfitCalls.Keys];

    /// <summary>For each op a call whose shapes don't fit together.</summary>
    private static IReadOnlyDictionary<string, Action<Workspace>> MisfitCalls { get; } = new Dictionary<string, Action<Workspace>>
    {
        [nameof(Workspace.Copy)] = w => w.Copy(w.Allocate(2, 3), w.Allocate(3, 2)),
        [nameof(Workspace.Add)] = w => w.Add(w.Allocate(2, 3), w.Allocate(2)),
        [nameof(Workspace.AddScaled)] = w => w.AddScaled(w.Allocate(5, 2, 3), w.Allocate(5, 2, 3), w.AllocateCoordinates(new Shape(3))),
        [nameof(Workspace.Multiply)] = w => w.Multiply(w.Allocate(2, 3), w.Allocate(4, 2, 3)),
        [nameof(Workspace.Activate)] = w => w.Activate(w.Allocate(2, 3), Activation.Relu, w.Allocate(6)),
        [nameof(Workspace.LayerNorm)] = w => w.LayerNorm(w.Allocate(2, 3), w.Allocate(3), w.Allocate(4), 1e-5f),
        [nameof(Workspace.RmsNorm)] = w => w.RmsNorm(w.Allocate(2, 3), w.Allocate(2), 1e-5f),
        [nameof(Workspace.AdaRmsNorm)] = w => w.AdaRmsNorm(w.Allocate(5, 2, 3), w.Allocate(5, 3), w.Allocate(5, 3), 1e-5f),
        [nameof(Workspace.QkNormRope)] = w => w.QkNormRope(w.Allocate(5, 2, 12), w.Allocate(5), null, 3, 1e-5f),
        [nameof(Workspace.Attention)] = w => w.Attention(w.Allocate(5, 2, 12), w.Allocate(7, 2, 12), w.Allocate(6, 2, 12), 3, 1),
        [nameof(Workspace.SpadeModulate)] = w => w.SpadeModulate(w.Allocate(1, 2, 2, 4), w.Allocate(1, 2, 4), w.Allocate(1, 4, 6, 8), default),
        [nameof(Workspace.ScaleShift)] = w => w.ScaleShift(w.Allocate(2, 3), w.Allocate(3), w.Allocate(1, 3), default),
        [nameof(Workspace.ShiftAdd)] = w => w.ShiftAdd(w.Allocate(1, 2, 3, 4, 8), 1, 3, default),
        [nameof(Workspace.GlobalResponseNorm)] = w => w.GlobalResponseNorm(w.Allocate(1, 2, 2, 3), w.Allocate(2), w.Allocate(2)),
        [nameof(Workspace.AveragePool)] = w => w.AveragePool(w.Allocate(1, 4, 4, 3), new Extent3(1, 2, 2), w.Allocate(1, 2, 3, 3)),
        [nameof(Workspace.ResizeNearest)] = w => w.ResizeNearest(w.Allocate(1, 4, 4, 3), 8, 8, w.Allocate(1, 8, 8, 2)),
        [nameof(Workspace.ResizeBilinear)] = w => w.ResizeBilinear(w.Allocate(1, 2, 4, 4, 3), 8, 8),
        [nameof(Workspace.PixelShuffle)] = w => w.PixelShuffle(w.Allocate(1, 4, 4, 6), 2, default),
        [nameof(Workspace.ChannelsToDepth)] = w => w.ChannelsToDepth(w.Allocate(1, 4, 4, 6), 4),
        [nameof(Workspace.GridSample)] = w => w.GridSample(w.Allocate(1, 2, 3, 4, 5), w.Allocate(1, 2, 3, 4, 2)),
        [nameof(Workspace.SparseMotionFeatures)] = w => w.SparseMotionFeatures(w.Allocate(1, 2, 3, 4, 5), w.Allocate(1, 7, 3), w.Allocate(1, 6, 3)),
        [nameof(Workspace.CombineMotions)] = w => w.CombineMotions(w.Allocate(1, 2, 3, 4, 8), w.Allocate(1, 8, 3), w.Allocate(1, 8, 3)),
        [nameof(Workspace.WarpBlend)] = w => w.WarpBlend(
            w.Allocate(2, 4, 5, 3), w.Allocate(4, 5, 1), w.Allocate(6, 7, 3), default, output: w.Allocate(1, 6, 7, 3)),
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Shapes_that_do_not_fit_are_refused_while_planning(string op)
    {
        using var workspace = new Workspace(device);

        var exception = Assert.Throws<TensorShapeException>(() => MisfitCalls[op](workspace));

        Assert.Equal(op, exception.Op);
        Assert.Contains(exception.First.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Contains(exception.Second.ToString(), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ops_write_where_they_are_told_to()
    {
        using var workspace = new Workspace(device);
        Tensor output = workspace.Allocate(3, 6, 7, 3).Slice(1, 2);

        Tensor written = workspace.WarpBlend(
            workspace.Allocate(2, 4, 5, 3), workspace.Allocate(4, 5, 1), workspace.Allocate(6, 7, 3), default, output: output);

        Assert.Equal((output.Offset, output.Shape), (written.Offset, written.Shape));
    }

    [Fact]
    public void The_batch_reaches_the_ops()
    {
        var batch = new BatchPlan(2, 8);
        using var planning = new Workspace(device, batch);
        using var executing = new Workspace(device, 64, batch);

        Assert.Equal((batch, batch, default), (planning.Batch, executing.Batch, new Workspace(device).Batch));
    }

    [Fact]
    public void Layers_check_their_channels_and_epilogues_while_planning()
    {
        using var store = new ParameterStore(device);
        LinearWeights linear = store.Linear(new float[12], [], outputs: 3, inputs: 4);
        using var workspace = new Workspace(device);
        Tensor input = workspace.Allocate(5, 4);

        Assert.Equal(new Shape(5, 3), workspace.Linear(input, linear).Shape);
        Assert.Throws<TensorShapeException>(() => workspace.Linear(workspace.Allocate(5, 3), linear));
        Assert.Throws<TensorShapeException>(() => workspace.Linear(input, linear, new Epilogue { Residual = workspace.Allocate(4, 3) }));
        Assert.Throws<TensorShapeException>(() => workspace.Linear(input, linear, new Epilogue { Gate = workspace.Allocate(5) }));
    }
}

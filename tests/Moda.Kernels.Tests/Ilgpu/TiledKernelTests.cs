using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Kernels.Ilgpu;
using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Kernels.Ilgpu.Products;
using Moda.Testing;
using Xunit;

namespace Moda.Kernels.Tests.Ilgpu;

/// <summary>
/// ILGPU's kernels with barriers, which its simulator otherwise goes without. A group of 256 simulated threads takes milliseconds for a
/// barrier, so shapes are the smallest that have whole and broken tiles.
/// </summary>
public sealed class TiledKernelTests : IDisposable
{
    private const double Tolerance = 1e-6;

    // Chooses the tiles of many positions.
    private static readonly BatchPlan ManyElements = new(1, 100_000);

    // So many that a few tiles leave most of them idle, and long sums are split.
    private const int ManyMultiprocessors = 64;

    private readonly Device simulated = Simulated(multiprocessors: null);
    private readonly Device simulatedWide = Simulated(ManyMultiprocessors);
    private readonly CpuDevice cpu = new(1);

    public void Dispose()
    {
        simulated.Dispose();
        simulatedWide.Dispose();
        cpu.Dispose();
    }

    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(70, 20, 70)]
    [InlineData(70, 36, 130)]
    public void A_linear_layer_is_that_of_the_cpu(int rows, int inputs, int outputs) => AssertSame((device, store, workspace) =>
    {
        LinearWeights weights = store.Linear(Values(outputs * inputs, 1), Values(outputs, 2), outputs, inputs);
        Tensor input = Input(device, workspace, new Shape(rows, inputs), 3);
        Tensor residual = Input(device, workspace, new Shape(rows, outputs), 4);
        Tensor gate = Input(device, workspace, new Shape(outputs), 5);
        return workspace.Linear(input, weights, new Epilogue { Activation = Activation.Gelu, Residual = residual, Gate = gate });
    });

    [Theory]
    [InlineData(3, 8, 1, 1, 1)]
    [InlineData(6, 70, 2, 1, 1)]
    [InlineData(8, 8, 1, 2, 2)]
    public void A_convolution_is_that_of_the_cpu(int inputs, int outputs, int stride, int groups, int upsample) => AssertSame((device, store, workspace) =>
    {
        var geometry = new ConvolutionGeometry
        {
            InputChannels = inputs,
            OutputChannels = outputs,
            Kernel = new Extent3(1, 3, 3),
            Stride = new Extent3(1, stride, stride),
            Padding = new Extent3(0, 1, 1),
            Groups = groups,
            Upsample = upsample,
        };
        ConvolutionWeights weights = store.Convolution(
            Values((int)(outputs * geometry.MultiplyAddsPerElement), 1), Values(outputs, 2), geometry);
        return workspace.Convolution(Input(device, workspace, new Shape(2, 5, 7, inputs), 3), weights);
    });

    [Fact]
    public void A_linear_layer_with_split_sums_is_that_of_the_cpu() => AssertSame(simulatedWide, (device, store, workspace) =>
    {
        Assert.True(SplitsOf(rows: 5, inputs: 300, outputs: 7) > 1);
        LinearWeights weights = store.Linear(Values(7 * 300, 1), Values(7, 2), 7, 300);
        Tensor input = Input(device, workspace, new Shape(5, 300), 3);
        Tensor residual = Input(device, workspace, new Shape(5, 7), 4);
        Tensor gate = Input(device, workspace, new Shape(7), 5);
        return workspace.Linear(input, weights, new Epilogue { Activation = Activation.Silu, Residual = residual, Gate = gate });
    });

    // 288 terms: 80 for each split, which begins amid the 32 channels of a tap.
    [Fact]
    public void A_convolution_with_split_sums_is_that_of_the_cpu() => AssertSame(simulatedWide, (device, store, workspace) =>
    {
        var geometry = new ConvolutionGeometry
        {
            InputChannels = 64,
            OutputChannels = 10,
            Kernel = new Extent3(1, 3, 3),
            Padding = new Extent3(0, 1, 1),
            Groups = 2,
        };
        ConvolutionWeights weights = store.Convolution(Values(10 * 288, 1), Values(10, 2), geometry);
        return workspace.Convolution(Input(device, workspace, new Shape(1, 2, 3, 64), 3), weights);
    });

    [Fact]
    public void Split_sums_of_an_element_are_the_same_bytes_alone_and_beside_another()
    {
        float[] together = Run(simulatedWide, new BatchPlan(2, 2), (device, store, workspace) => LinearOf(device, store, workspace, rows: 6));
        float[] alone = Run(simulatedWide, new BatchPlan(1, 2), (device, store, workspace) => LinearOf(device, store, workspace, rows: 3));
        Assert.True(together.AsSpan(0, alone.Length).SequenceEqual(alone));

        static Tensor LinearOf(Device device, ParameterStore store, Workspace workspace, int rows) =>
            workspace.Linear(Input(device, workspace, new Shape(rows, 300), 3), store.Linear(Values(7 * 300, 1), Values(7, 2), 7, 300));
    }

    [Theory]
    [InlineData(3, 5, false)]
    [InlineData(66, 35, true)]
    public void Attention_is_that_of_the_cpu(int queries, int keys, bool hasBias) => AssertSame((device, _, workspace) => workspace.Attention(
        Input(device, workspace, new Shape(queries, 1, 128), 1),
        Input(device, workspace, new Shape(keys, 1, 128), 2),
        Input(device, workspace, new Shape(keys, 1, 128), 3),
        headCount: 2,
        scale: 0.125f,
        keyBias: hasBias ? Input(device, workspace, new Shape(keys), 4) : null));

    private static IlgpuDevice Simulated(int? multiprocessors) => new(
        new OpenAccelerator(new CPUDevice(32, 8, 1), new AcceleratorName(AcceleratorType.CPU, 0), memoryLimit: null), usesTiles: true, multiprocessors);

    private static int SplitsOf(int rows, int inputs, int outputs)
    {
        var geometry = new ConvolutionGeometry { InputChannels = inputs, OutputChannels = outputs, Kernel = Extent3.One };
        return TilePlan.For(rows, new WeightLayout(geometry, ProductMethod.Tiled), groups: 1, ManyMultiprocessors).Splits;
    }

    private void AssertSame(Func<Device, ParameterStore, Workspace, Tensor> run) => AssertSame(simulated, run);

    /// <summary>Runs ops on the CPU and on a simulated device, with the tiles of few and of many positions, and compares.</summary>
    private void AssertSame(Device device, Func<Device, ParameterStore, Workspace, Tensor> run)
    {
        float[] expected = Run(cpu, default, run);
        foreach (BatchPlan batch in (BatchPlan[])[default, ManyElements])
        {
            double error = RelativeError.Between(Run(device, batch, run), expected);
            Assert.True(error <= Tolerance, $"Relative error {error:E2} where kernels are chosen for {batch}.");
        }
    }

    private static float[] Run(Device device, BatchPlan batch, Func<Device, ParameterStore, Workspace, Tensor> run)
    {
        using var store = new ParameterStore(device);
        using var workspace = new Workspace(device, 1 << 20, batch);
        Tensor output = run(device, store, workspace);
        var values = new float[output.Shape.ElementCount];
        device.Read(output, values);
        return values;
    }

    private static Tensor Input(Device device, Workspace workspace, Shape shape, int seed)
    {
        Tensor tensor = workspace.Allocate(shape);
        device.Write(Values((int)shape.ElementCount, seed), tensor);
        return tensor;
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}

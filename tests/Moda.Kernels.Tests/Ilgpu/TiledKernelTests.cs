using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Kernels.Ilgpu;
using Moda.Kernels.Ilgpu.Accelerators;
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

    private readonly Device simulated = new IlgpuDevice(
        new OpenAccelerator(new CPUDevice(32, 8, 1), new AcceleratorName(AcceleratorType.CPU, 0), memoryLimit: null), usesTiles: true);

    private readonly CpuDevice cpu = new(1);

    public void Dispose()
    {
        simulated.Dispose();
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

    /// <summary>Runs ops on both devices, with the tiles of few and of many positions, and compares.</summary>
    private void AssertSame(Func<Device, ParameterStore, Workspace, Tensor> run)
    {
        float[] expected = Run(cpu, default, run);
        foreach (BatchPlan batch in (BatchPlan[])[default, ManyElements])
        {
            double error = RelativeError.Between(Run(simulated, batch, run), expected);
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

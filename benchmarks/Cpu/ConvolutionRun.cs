using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Benchmarks.Cases;

namespace Moda.Benchmarks.Cpu;

/// <summary>One case with its operands on the device, ready to be carried out over and over.</summary>
internal sealed class ConvolutionRun : IDisposable
{
    private readonly ParameterStore store;
    private readonly Workspace workspace;
    private readonly ConvolutionWeights weights;
    private readonly Tensor input;
    private readonly Tensor output;

    public ConvolutionRun(CpuDevice device, ConvolutionCase convolution)
    {
        var random = new Random(11);
        store = new ParameterStore(device);
        weights = store.Convolution(Values(random, convolution.WeightCount), Values(random, convolution.Outputs), convolution.Geometry);
        workspace = new Workspace(device, (convolution.InputShape.ElementCount + convolution.OutputShape.ElementCount) * sizeof(float) + 1024);
        input = workspace.Allocate(convolution.InputShape);
        output = workspace.Allocate(convolution.OutputShape);
        device.Write(Values(random, (int)convolution.InputShape.ElementCount), input);
    }

    public void Invoke() => workspace.Convolution(input, weights, default, output);

    public void Dispose()
    {
        workspace.Dispose();
        store.Dispose();
    }

    private static float[] Values(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}

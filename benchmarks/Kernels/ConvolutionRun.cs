using Moda.Kernels;
using Moda.Kernels.Cuda;
using Moda.Kernels.Forwards;
using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>One convolution with its operands on a device, ready to be carried out over and over.</summary>
internal sealed class ConvolutionRun : IDisposable
{
    private readonly ParameterStore store;
    private readonly ForwardPass<Tensor> pass;

    public ConvolutionRun(Device device, ConvolutionCase convolution)
    {
        var random = new Random(11);
        store = new ParameterStore(device);
        ConvolutionWeights weights = store.Convolution(
            Values(random, convolution.WeightCount), Values(random, convolution.Outputs), convolution.Geometry);
        Tile = (device as CudaDevice)?.DescribeConvolution(weights, convolution.OutputShape);
        pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor input = workspace.Allocate(convolution.InputShape);
            workspace.Convolution(input, weights);
            return input;
        });
        device.Write(Values(random, (int)convolution.InputShape.ElementCount), pass.Ports);
    }

    /// <summary>The kernel and tile on a GPU; null elsewhere.</summary>
    public string? Tile { get; }

    public void Invoke() => pass.Run();

    public void Dispose()
    {
        pass.Dispose();
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

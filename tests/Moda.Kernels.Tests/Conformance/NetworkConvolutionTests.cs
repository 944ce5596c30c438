using Moda.Kernels.Tests.Reference;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>The networks' own layers at their real size: small integers, some outputs of each layer compared exactly.</summary>
public sealed class NetworkConvolutionTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    private const int Samples = 40;

    /// <summary>The CPU and the devices that may be there, with all networks.</summary>
    public static TheoryData<string, string> DevicesAndNetworks => new(
        from device in (string[])["cpu-2", .. TestDevice.Cuda.Select(device => device.Name)]
        from network in NetworkConvolutions.All.Select(layer => layer.Network).Distinct()
        select (device, network));

    [Theory]
    [MemberData(nameof(DevicesAndNetworks))]
    public void Layers_are_exact_at_their_real_size(string deviceName, string network)
    {
        Device device = devices.Open(TestDevice.All.Single(device => device.Name == deviceName));
        foreach (ConvolutionCase layer in NetworkConvolutions.All.Where(layer => layer.Network == network).Select(layer => layer.Case).Distinct())
        {
            var random = new Random(5);
            using var store = new ParameterStore(device);
            float[] weight = Integers(random, layer.WeightCount);
            float[] bias = Integers(random, layer.Outputs);
            float[] input = Integers(random, (int)layer.InputShape.ElementCount);
            long gaps = (long)layer.OutputShape.Rows * device.RowAlignment;
            using var workspace = new Workspace(
                device, (layer.InputShape.ElementCount + layer.OutputShape.ElementCount) * sizeof(float) + gaps + 1024);
            Tensor inputTensor = workspace.Allocate(layer.InputShape);
            device.Write(input, inputTensor);
            Tensor output = workspace.Convolution(inputTensor, store.Convolution(weight, bias, layer.Geometry));
            var values = new float[output.Shape.ElementCount];
            device.Read(output, values);

            for (int sample = 0; sample < Samples; sample++)
            {
                // The first and the last positions are borders.
                int row = sample < 4 ? sample % output.Rows : sample < 8 ? Math.Max(0, output.Rows + 3 - sample) : random.Next(output.Rows);
                int channel = random.Next(output.Channels);
                float sum = ConvolutionReference.Sum<float>(layer, input, weight, row, channel) + bias[channel];
                float expected = device.ActivationType.Round(sum);
                float actual = values[((long)row * output.Channels) + channel];
                Assert.True(actual == expected, $"{layer} on {device.Name}: output {row}, {channel} is {actual}, not {expected}.");
            }
        }
    }

    private static float[] Integers(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return Array.ConvertAll(bytes, value => (float)(value % 7 - 3));
    }
}

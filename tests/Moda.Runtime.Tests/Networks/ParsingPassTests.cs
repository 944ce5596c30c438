using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Weights;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

public sealed class ParsingPassTests
{
    [Fact]
    public void Labels_are_the_classes_with_the_largest_logits_of_the_normalised_image()
    {
        const int Height = 64;
        const int Width = 96;
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        var network = new BiSeNet(new ParameterLoader(new SyntheticWeights(WeightPreset.Full, "face_parser"), store));
        using var parser = new ParsingPass(device, network, Height, Width);
        byte[] image = new byte[Height * Width * 3];
        new Random(1).NextBytes(image);
        byte[] labels = new byte[Height * Width];

        parser.Parse(image, labels, TestContext.Current.CancellationToken);

        using var pass = new ForwardPass<(Tensor Image, Tensor Logits)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(1, Height, Width, 3);
            return (input, network.Forward(workspace, input));
        });
        double[] mean = [0.485, 0.456, 0.406];
        double[] deviation = [0.229, 0.224, 0.225];
        device.Write([.. image.Select((value, i) => (float)((value / 255.0 - mean[i % 3]) / deviation[i % 3]))], pass.Ports.Image);
        pass.Run(TestContext.Current.CancellationToken);
        float[] logits = new float[pass.Ports.Logits.Shape.ElementCount];
        device.Read(pass.Ports.Logits, logits);
        int differing = labels.Where((label, pixel) =>
            logits[pixel * network.ClassCount + label] < logits.AsSpan(pixel * network.ClassCount, network.ClassCount).ToArray().Max() - 1e-3f).Count();
        Assert.Equal(0, differing);
        Assert.True(labels.Distinct().Count() > 1);
        Assert.Equal(19, network.ClassCount);
    }
}

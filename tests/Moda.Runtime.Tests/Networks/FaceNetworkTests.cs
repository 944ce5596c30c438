using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceDetection;
using Moda.Testing;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Both embedded networks on the portrait's own pixels, against PyTorch in float64 on the same weights.</summary>
public sealed class FaceNetworkTests : IDisposable
{
    private const double Tolerance = 1e-4;

    private readonly SafetensorsFile expected = SafetensorsFile.Open(TestData.Path("faces", "portrait.safetensors"));
    private readonly RgbImage portrait = ImageFile.Load(TestData.Path("assets", "portrait.png"));

    [Fact]
    public void The_detector_s_cells_are_the_known_ones()
    {
        float[] cells = Run(portrait, TinyFaceDetector.Mean, "face_detector", parameters => new TinyFaceDetector(parameters).Forward);

        Assert.InRange(RelativeError.Between(cells, expected.ReadFloat32("output.cells")), 0, Tolerance);
    }

    [Fact]
    public void The_landmark_network_s_points_are_the_known_ones()
    {
        long[] crop = expected.Read<long>("input.crop");
        RgbImage face = portrait.Crop((int)crop[0], (int)crop[1], (int)crop[2], (int)crop[3]);

        float[] points = Run(face, FaceLandmarkNetwork.Mean, "face_landmarks", parameters => new FaceLandmarkNetwork(parameters).Forward);

        Assert.InRange(RelativeError.Between(points, expected.ReadFloat32("output.landmarks")), 0, Tolerance);
    }

    public void Dispose() => expected.Dispose();

    private static float[] Run(
        RgbImage image, ReadOnlySpan<float> mean, string resource, Func<ParameterLoader, Func<Workspace, Tensor, Tensor>> load)
    {
        using var device = new CpuDevice(1);
        using var store = new ParameterStore(device);
        using SafetensorsFile weights = SafetensorsFile.OpenResource(typeof(FaceAnalyzer).Assembly, $"Moda.Runtime.{resource}.safetensors");
        Func<Workspace, Tensor, Tensor> forward = load(new ParameterLoader(weights, store));
        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(1, image.Height, image.Width, RgbImage.Channels);
            return (input, forward(workspace, input));
        });
        float[] values = new float[image.Pixels.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (image.Pixels[i] - mean[i % RgbImage.Channels]) / byte.MaxValue;
        }

        device.Write(values, pass.Ports.Input);
        pass.Run(TestContext.Current.CancellationToken);
        float[] output = new float[pass.Ports.Output.Shape.ElementCount];
        device.Read(pass.Ports.Output, output);
        return output;
    }
}

using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceParsing;

/// <summary>Runs BiSeNet on face images of one size and gives the class of each pixel.</summary>
internal sealed class ParsingPass : IDisposable
{
    private const int ImageChannels = 3;

    /// <summary>The mean and standard deviation of ImageNet's R, G and B, with which the network was trained.</summary>
    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    private readonly Device device;
    private readonly ForwardPass<(Tensor Image, Tensor Logits)> pass;
    private readonly float[] image;
    private readonly float[] logits;

    /// <summary>Plans the forward pass.</summary>
    /// <param name="device">The network's device.</param>
    /// <param name="network">The network.</param>
    /// <param name="height">The images' height, a multiple of 32. The reference uses 512 x 512.</param>
    /// <param name="width">The images' width, a multiple of 32.</param>
    public ParsingPass(Device device, BiSeNet network, int height, int width)
    {
        this.device = device;
        pass = new ForwardPass<(Tensor Image, Tensor Logits)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(1, height, width, ImageChannels);
            return (input, network.Forward(workspace, input));
        });
        image = new float[pass.Ports.Image.Shape.ElementCount];
        logits = new float[pass.Ports.Logits.Shape.ElementCount];
    }

    /// <summary>Labels an image.</summary>
    /// <param name="rgb">[H, W, 3] bytes, row-major.</param>
    /// <param name="labels">[H, W]: receives the class of each pixel; 0 is the background.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    public void Parse(ReadOnlySpan<byte> rgb, Span<byte> labels, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, image.Length, nameof(rgb));
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, image.Length / ImageChannels, nameof(labels));
        for (int i = 0; i < image.Length; i++)
        {
            int channel = i % ImageChannels;
            image[i] = (rgb[i] / 255f - Mean[channel]) / Deviation[channel];
        }

        device.Write(image, pass.Ports.Image);
        pass.Run(cancellationToken);
        device.Read(pass.Ports.Logits, logits);
        int classes = pass.Ports.Logits.Channels;
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            labels[pixel] = (byte)IndexOfLargest(logits.AsSpan(pixel * classes, classes));
        }
    }

    /// <summary>Releases the memory of the forward pass.</summary>
    public void Dispose() => pass.Dispose();

    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            largest = values[i] > values[largest] ? i : largest;
        }

        return largest;
    }
}

using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The motion extractor alone, for faces that drive others and are not rendered themselves. Planned for images of one size. One thread at a
/// time.
/// </summary>
internal sealed class MotionReadingPass : IDisposable
{
    private readonly Device device;
    private readonly ForwardPass<(Tensor Image, MotionPrediction Motion)> pass;

    /// <summary>Plans the forward.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="network">The network.</param>
    /// <param name="image">[1, height, width, 3].</param>
    public MotionReadingPass(Device device, MotionExtractor network, Shape image)
    {
        this.device = device;
        pass = new ForwardPass<(Tensor, MotionPrediction)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(image);
            return (input, network.Forward(workspace, input));
        });
    }

    /// <summary>Bytes of device memory that the forward holds besides the network's parameters.</summary>
    public long ArenaBytes => pass.ArenaBytes;

    /// <summary>Reads one image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public SourceMotion Read(ReadOnlySpan<float> image, CancellationToken cancellationToken)
    {
        device.Write(image, pass.Ports.Image);
        pass.Run(cancellationToken);
        return SourceMotion.Read(device, pass.Ports.Motion);
    }

    /// <summary>Releases the forward's memory.</summary>
    public void Dispose() => pass.Dispose();
}

using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Runs only the motion extractor, for driving faces, which are not rendered. It is planned for images of one size. Only one thread may use
/// it at a time.
/// </summary>
internal sealed class MotionReadingPass : IDisposable
{
    private readonly Device device;
    private readonly ForwardPass<(Tensor Image, MotionPrediction Motion)> pass;

    /// <summary>Plans the forward pass.</summary>
    /// <param name="device">The device that runs the network.</param>
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

    /// <summary>The device memory of the forward pass in bytes, without the network's parameters.</summary>
    public long ArenaBytes => pass.ArenaBytes;

    /// <summary>Reads the motion of one image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    public SourceMotion Read(ReadOnlySpan<float> image, CancellationToken cancellationToken)
    {
        device.Write(image, pass.Ports.Image);
        pass.Run(cancellationToken);
        return SourceMotion.Read(device, pass.Ports.Motion);
    }

    /// <summary>Releases the memory of the forward pass.</summary>
    public void Dispose() => pass.Dispose();
}

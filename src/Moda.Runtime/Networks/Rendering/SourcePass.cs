using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Turns portraits into <see cref="SourceFace"/>s. It runs the appearance extractor, the motion extractor, and the part of the warping
/// network that does not depend on keypoints. The forward pass is planned for the size of the first image. Only one thread may use it at a
/// time.
/// </summary>
internal sealed class SourcePass : IDisposable
{
    private readonly Device device;
    private readonly AppearanceExtractor appearance;
    private readonly MotionExtractor motion;
    private readonly WarpingNetwork warping;
    private readonly Workspace copies;
    private ForwardPass<Ports>? pass;

    /// <summary>Creates the pass. All networks must be on the device.</summary>
    public SourcePass(Device device, AppearanceExtractor appearance, MotionExtractor motion, WarpingNetwork warping)
    {
        this.device = device;
        this.appearance = appearance;
        this.motion = motion;
        this.warping = warping;
        copies = new Workspace(device, device.Alignment);
    }

    /// <summary>The device memory of the pass in bytes, without the networks' parameters.</summary>
    public long ArenaBytes => pass?.ArenaBytes ?? 0;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="height">The image's height; the published weights need 256.</param>
    /// <param name="width">The image's width; the published weights need 256.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <returns>The face. The caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little free memory.</exception>
    /// <exception cref="OperationCanceledException">The encoding was cancelled.</exception>
    public SourceFace Encode(ReadOnlySpan<float> image, int height, int width, CancellationToken cancellationToken = default)
    {
        Ports ports = PassFor(new Shape(1, height, width, 3)).Ports;
        device.Write(image, ports.Image);
        pass!.Run(cancellationToken);
        int size = device.ActivationType.SizeInBytes();
        DeviceMemory memory = device.AllocateMemory((ports.Volume.Shape.ElementCount + ports.Compressed.Shape.ElementCount) * size);
        try
        {
            Tensor volume = Keep(ports.Volume, memory, offset: 0);
            Tensor compressed = Keep(ports.Compressed, memory, ports.Volume.Shape.ElementCount);
            // Reading also waits for the copies.
            var read = SourceMotion.Read(device, ports.Motion);
            return new SourceFace(memory, volume, compressed, read);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Releases the memory of the forward pass.</summary>
    public void Dispose()
    {
        pass?.Dispose();
        copies.Dispose();
    }

    private ForwardPass<Ports> PassFor(Shape image)
    {
        if (pass is null || pass.Ports.Image.Shape != image)
        {
            pass?.Dispose();
            pass = null;
            pass = new ForwardPass<Ports>(device, workspace =>
            {
                Tensor input = workspace.Allocate(image);
                Tensor volume = appearance.Forward(workspace, input);
                return new Ports(input, volume, warping.Compress(workspace, volume), motion.Forward(workspace, input));
            });
        }

        return pass;
    }

    private Tensor Keep(Tensor tensor, DeviceMemory memory, long offset)
    {
        var kept = new Tensor(memory, offset, tensor.Shape, tensor.Type, tensor.Channels);
        copies.Copy(tensor, kept);
        return kept;
    }

    private readonly record struct Ports(Tensor Image, Tensor Volume, Tensor Compressed, MotionPrediction Motion);
}

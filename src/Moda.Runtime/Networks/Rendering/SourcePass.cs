using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Turns portraits into <see cref="SourceFace"/>s, once for each: appearance and motion extractor on one image, and what warping needs of
/// the appearance whatever the keypoints. Planned at the first image and for images of its size. One thread at a time.
/// </summary>
internal sealed class SourcePass : IDisposable
{
    private readonly Device device;
    private readonly AppearanceExtractor appearance;
    private readonly MotionExtractor motion;
    private readonly WarpingNetwork warping;
    private readonly Workspace copies;
    private ForwardPass<Ports>? pass;

    /// <summary>Creates an encoder of networks on one device.</summary>
    public SourcePass(Device device, AppearanceExtractor appearance, MotionExtractor motion, WarpingNetwork warping)
    {
        this.device = device;
        this.appearance = appearance;
        this.motion = motion;
        this.warping = warping;
        copies = new Workspace(device, device.Alignment);
    }

    /// <summary>Bytes of device memory that the encoder holds besides its networks' parameters.</summary>
    public long ArenaBytes => pass?.ArenaBytes ?? 0;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="height">Rows; the published weights want 256.</param>
    /// <param name="width">Columns; the published weights want 256.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The face; the caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
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
            // Reading waits for the copies, too.
            var read = SourceMotion.Read(device, ports.Motion);
            return new SourceFace(memory, volume, compressed, read);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Releases the forward's memory.</summary>
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

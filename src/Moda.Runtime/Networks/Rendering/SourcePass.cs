using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Turns portraits into <see cref="SourceFace"/>s. It runs the appearance extractor, the motion extractor, and the part of the warping
/// network that does not depend on keypoints. Planned at the first image and for images of its size. One thread at a time.
/// </summary>
internal sealed class SourcePass : IDisposable
{
    private readonly Device device;
    private readonly AppearanceExtractor appearance;
    private readonly MotionExtractor motion;
    private readonly WarpingNetwork warping;
    private readonly int batchSize;
    private readonly DeviceMemoryPool? memories;
    private readonly Workspace copies;
    private ForwardPass<Ports>? pass;

    /// <summary>Creates the pass. All networks must be on the device.</summary>
    /// <param name="device">The device of the networks.</param>
    /// <param name="appearance">The appearance extractor.</param>
    /// <param name="motion">The motion extractor.</param>
    /// <param name="warping">The warping network.</param>
    /// <param name="batchSize">
    /// The number of images that are encoded at once. Fewer images take the same time and give the same values as in a whole batch.
    /// </param>
    /// <param name="memories">The pool of the faces' memory; null to allocate and release the memory of each face.</param>
    public SourcePass(
        Device device, AppearanceExtractor appearance, MotionExtractor motion, WarpingNetwork warping, int batchSize = 1, DeviceMemoryPool? memories = null)
    {
        this.batchSize = batchSize;
        this.memories = memories;
        this.device = device;
        this.appearance = appearance;
        this.motion = motion;
        this.warping = warping;
        copies = new Workspace(device, device.Alignment);
    }

    /// <summary>The device memory of the pass in bytes, without the networks' parameters.</summary>
    public long ArenaBytes => pass?.ArenaBytes ?? 0;

    /// <summary>The number of images that are encoded at once.</summary>
    public int BatchSize => batchSize;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="height">The image's height; the published weights need 256.</param>
    /// <param name="width">The image's width; the published weights need 256.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <returns>The face. The caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little free memory.</exception>
    /// <exception cref="OperationCanceledException">The encoding was cancelled.</exception>
    public SourceFace Encode(ReadOnlySpan<float> image, int height, int width, CancellationToken cancellationToken = default) =>
        EncodeAll(image, height, width, cancellationToken)[0];

    /// <summary>Encodes images.</summary>
    /// <param name="images">[N, height, width, 3] with N from 1 to <see cref="BatchSize"/>, RGB in [0, 1], row-major.</param>
    /// <param name="height">The image's height; the published weights need 256.</param>
    /// <param name="width">The image's width; the published weights need 256.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <returns>N faces. The caller disposes them.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little free memory.</exception>
    /// <exception cref="OperationCanceledException">The encoding was cancelled.</exception>
    public SourceFace[] EncodeAll(ReadOnlySpan<float> images, int height, int width, CancellationToken cancellationToken = default)
    {
        Ports ports = PassFor(new Shape(batchSize, height, width, 3)).Ports;
        int count = images.Length / (height * width * 3);
        device.Write(images, ports.Image.Slice(0, count));
        pass!.Run(cancellationToken);
        long volumeLength = ports.Volume.Shape.ElementCount / batchSize;
        long compressedLength = ports.Compressed.Shape.ElementCount / batchSize;
        var blocks = new List<DeviceMemory>(count);
        try
        {
            for (int place = 0; place < count; place++)
            {
                DeviceMemory memory = Allocate((volumeLength + compressedLength) * device.ActivationType.SizeInBytes());
                blocks.Add(memory);
                copies.Copy(ports.Volume.Slice(place, 1), VolumeIn(memory));
                copies.Copy(ports.Compressed.Slice(place, 1), CompressedIn(memory));
            }

            // Reading also waits for the copies.
            SourceMotion[] read = SourceMotion.ReadAll(device, ports.Motion);
            return [.. blocks.Select((memory, place) => new SourceFace(memory, VolumeIn(memory), CompressedIn(memory), read[place], Release))];
        }
        catch
        {
            blocks.ForEach(Release);
            throw;
        }

        Tensor VolumeIn(DeviceMemory memory) => Part(ports.Volume, memory, offset: 0);

        Tensor CompressedIn(DeviceMemory memory) => Part(ports.Compressed, memory, volumeLength);
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
            pass = new ForwardPass<Ports>(
                device,
                workspace =>
                {
                    Tensor input = workspace.Allocate(image);
                    Tensor volume = appearance.Forward(workspace, input);
                    return new Ports(input, volume, warping.Compress(workspace, volume), motion.Forward(workspace, input));
                },
                batchSize == 1 ? default : new BatchPlan(batchSize, batchSize));
        }

        return pass;
    }

    private DeviceMemory Allocate(long byteLength) => memories?.Rent(byteLength) ?? device.AllocateMemory(byteLength);

    private void Release(DeviceMemory memory)
    {
        if (memories is null)
        {
            memory.Dispose();
        }
        else
        {
            memories.Return(memory);
        }
    }

    private static Tensor Part(Tensor batch, DeviceMemory memory, long offset) =>
        new(memory, offset, batch.Shape.With(0, 1), batch.Type, batch.Channels);

    private readonly record struct Ports(Tensor Image, Tensor Volume, Tensor Compressed, MotionPrediction Motion);
}

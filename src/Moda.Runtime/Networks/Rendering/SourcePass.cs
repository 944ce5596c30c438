using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Turns portraits into <see cref="SourceFace"/>s, once for each: appearance and motion extractor on images, and what warping needs of
/// the appearance whatever the keypoints. Planned at the first image and for images of its size. One thread at a time.
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

    /// <summary>Creates an encoder of networks on one device.</summary>
    /// <param name="device">The device of the networks.</param>
    /// <param name="appearance">The appearance extractor.</param>
    /// <param name="motion">The motion extractor.</param>
    /// <param name="warping">The warping network.</param>
    /// <param name="batchSize">Images that are encoded at once. Fewer take as long, and give the same as in a whole batch.</param>
    /// <param name="memories">Where the faces' memory comes from and goes to; null to allocate and release it for each.</param>
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

    /// <summary>Bytes of device memory that the encoder holds besides its networks' parameters.</summary>
    public long ArenaBytes => pass?.ArenaBytes ?? 0;

    /// <summary>Images that are encoded at once.</summary>
    public int BatchSize => batchSize;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="height">Rows; the published weights want 256.</param>
    /// <param name="width">Columns; the published weights want 256.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The face; the caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    /// <exception cref="OperationCanceledException">The encoding was cancelled.</exception>
    public SourceFace Encode(ReadOnlySpan<float> image, int height, int width, CancellationToken cancellationToken = default) =>
        EncodeAll(image, height, width, cancellationToken)[0];

    /// <summary>Encodes images.</summary>
    /// <param name="images">[N, height, width, 3] with N from 1 to <see cref="BatchSize"/>, RGB in [0, 1], row-major.</param>
    /// <param name="height">Rows; the published weights want 256.</param>
    /// <param name="width">Columns; the published weights want 256.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>N faces; the caller disposes them.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
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

            // Reading waits for the copies, too.
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

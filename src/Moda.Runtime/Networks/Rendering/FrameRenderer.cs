using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Renders frames of one portrait from driving keypoints: warping, then the SPADE generator, planned once for batches of one size.
/// Set the source first; it may be changed between batches. Not safe for use by several threads at once.
/// </summary>
public sealed class FrameRenderer : IDisposable
{
    private readonly Device device;
    private readonly ForwardPass<WarpingSource> prepare;
    private readonly ForwardPass<Ports> render;
    private bool hasSource;

    /// <summary>Plans the forwards and allocates their memory.</summary>
    /// <param name="device">The device of both networks.</param>
    /// <param name="warping">The warping network.</param>
    /// <param name="generator">The generator.</param>
    /// <param name="volume">The shape [1, D, H, W, C] of the feature volumes that will come.</param>
    /// <param name="keypointCount">Keypoints of a face, 21 in the published weights.</param>
    /// <param name="batchSize">Frames that are rendered at once.</param>
    /// <exception cref="TensorShapeException">The networks and the volume don't fit together.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left; a smaller batch needs less.</exception>
    public FrameRenderer(
        Device device, WarpingNetwork warping, SpadeGenerator generator, Shape volume, int keypointCount, int batchSize = 1)
    {
        this.device = device;
        BatchSize = batchSize;
        KeypointCount = keypointCount;
        prepare = new ForwardPass<WarpingSource>(device, workspace => warping.PrepareSource(
            workspace,
            workspace.Allocate(volume.With(0, batchSize)),
            workspace.AllocateCoordinates(new Shape(batchSize, keypointCount, 3))));
        try
        {
            render = new ForwardPass<Ports>(device, workspace =>
            {
                WarpingSource source = prepare.Ports;
                Tensor driving = workspace.AllocateCoordinates(source.Keypoints.Shape);
                Tensor features = workspace.Allocate(warping.FeatureShape(source.Volume.Shape));
                Tensor image = workspace.Allocate(generator.ImageShape(features.Shape));
                using (workspace.BeginScope())
                {
                    warping.Forward(workspace, source, driving, features);
                }

                generator.Forward(workspace, features, image);
                return new Ports(driving, image);
            });
        }
        catch
        {
            prepare.Dispose();
            throw;
        }
    }

    /// <summary>Frames of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Keypoints of a face.</summary>
    public int KeypointCount { get; }

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight => render.Ports.Images.Shape[1];

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth => render.Ports.Images.Shape[2];

    /// <summary>Bytes of a frame in RGB.</summary>
    public int FrameBytes => FrameHeight * FrameWidth * 3;

    /// <summary>Bytes of device memory that the renderer holds besides its networks' parameters.</summary>
    public long ArenaBytes => prepare.ArenaBytes + render.ArenaBytes;

    /// <summary>Sets the portrait that the next frames show.</summary>
    /// <param name="face">The portrait; it is copied, and may be disposed afterwards.</param>
    /// <param name="keypoints">[K, 3]: its keypoints as they are in the image.</param>
    /// <exception cref="TensorShapeException">The face's volume has another shape than planned.</exception>
    public void SetSource(SourceFace face, ReadOnlySpan<float> keypoints)
    {
        WarpingSource source = prepare.Ports;
        using (var copy = new ForwardPass<Tensor>(device, workspace => CopyVolume(workspace, face.Volume, source.Volume)))
        {
            copy.Run();
        }

        for (int frame = 0; frame < BatchSize; frame++)
        {
            device.Write(keypoints, source.Keypoints[frame]);
        }

        prepare.Run();
        hasSource = true;
    }

    /// <summary>The frames of the last batch on the device, [batch size, H, W, 3] in [0, 1].</summary>
    public Tensor Images => render.Ports.Images;

    /// <summary>Renders one batch.</summary>
    /// <param name="driving">[N, K, 3] keypoints of 1 to <see cref="BatchSize"/> frames.</param>
    /// <param name="frames">[N, H, W, 3]: RGB bytes of as many frames, row-major.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="InvalidOperationException">No source was set.</exception>
    /// <exception cref="ArgumentException">The spans don't hold the same number of frames.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled; the frames are undefined.</exception>
    public void Render(ReadOnlySpan<float> driving, Span<byte> frames, CancellationToken cancellationToken = default)
    {
        int count = Render(driving, cancellationToken);
        if (frames.Length != count * FrameBytes)
        {
            throw new ArgumentException($"{count} frames of {FrameBytes} bytes each are not {frames.Length} bytes.", nameof(frames));
        }

        Read(frames);
    }

    /// <summary>Copies frames of the last batch to the host.</summary>
    /// <param name="frames">[N, H, W, 3]: RGB bytes of the first 1 to <see cref="BatchSize"/> of them, row-major.</param>
    public void Read(Span<byte> frames) => device.ReadBytes(render.Ports.Images.Slice(0, frames.Length / FrameBytes), frames);

    /// <summary>Renders one batch, which stays on the device as <see cref="Images"/>.</summary>
    /// <param name="driving">[N, K, 3] keypoints of 1 to <see cref="BatchSize"/> frames.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The number of frames.</returns>
    /// <exception cref="InvalidOperationException">No source was set.</exception>
    /// <exception cref="ArgumentException">The keypoints are not those of so many frames.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled; the frames are undefined.</exception>
    public int Render(ReadOnlySpan<float> driving, CancellationToken cancellationToken = default)
    {
        int keypointElements = KeypointCount * 3;
        int count = driving.Length / keypointElements;
        if (count < 1 || count > BatchSize || driving.Length != count * keypointElements)
        {
            throw new ArgumentException(
                $"A batch takes 1 to {BatchSize} frames of {keypointElements} keypoint coordinates each, but {driving.Length} coordinates were given.",
                nameof(driving));
        }

        if (!hasSource)
        {
            throw new InvalidOperationException($"{nameof(SetSource)} must be called before frames are rendered.");
        }

        Tensor drivingPort = render.Ports.Driving;
        for (int frame = 0; frame < BatchSize; frame++)
        {
            // A batch that is not full repeats its last frame.
            int given = Math.Min(frame, count - 1);
            device.Write(driving.Slice(given * keypointElements, keypointElements), drivingPort[frame]);
        }

        render.Run(cancellationToken);
        return count;
    }

    /// <summary>Releases the memory of the forwards.</summary>
    public void Dispose()
    {
        render.Dispose();
        prepare.Dispose();
    }

    private static Tensor CopyVolume(Workspace workspace, Tensor volume, Tensor batch)
    {
        for (int frame = 0; frame < batch.Shape[0]; frame++)
        {
            workspace.Copy(volume, batch.Slice(frame, 1));
        }

        return batch;
    }

    private readonly record struct Ports(Tensor Driving, Tensor Images);
}

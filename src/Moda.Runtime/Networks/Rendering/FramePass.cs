using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Renders frames in batches: warping, then the SPADE generator. Each place of a batch has its own portrait and driving keypoints. Forward
/// passes are planned for the whole batch and for smaller batches of 1, 2, 4, ... frames. All use the kernels that are chosen for the whole
/// batch, so that a frame has the same bytes at any place and in any batch. Only one thread may use it at a time.
/// </summary>
internal sealed class FramePass : IDisposable
{
    private readonly Device device;
    private readonly WarpingNetwork warping;
    private readonly SpadeGenerator generator;
    private readonly Workspace copies;
    private readonly ForwardPass<Slots> slots;
    private readonly ForwardPass<Tensor> whole;
    private readonly Dictionary<int, ForwardPass<Tensor>> smaller = [];
    private readonly SourceFace?[] faces;
    private readonly float[] driving;
    private ForwardPass<Tensor> last;

    /// <summary>Plans the forward pass of a whole batch and allocates its memory.</summary>
    /// <param name="device">The device of both networks.</param>
    /// <param name="warping">The warping network.</param>
    /// <param name="generator">The generator.</param>
    /// <param name="volume">The shape [1, D, H, W, C] of the portraits' feature volumes.</param>
    /// <param name="keypointCount">The number of keypoints of a face; 21 in the published weights.</param>
    /// <param name="batchSize">The number of frames that are rendered at once.</param>
    /// <exception cref="TensorShapeException">The networks and the volume don't fit together.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little free memory. A smaller batch needs less.</exception>
    public FramePass(
        Device device, WarpingNetwork warping, SpadeGenerator generator, Shape volume, int keypointCount, int batchSize = 1)
    {
        this.device = device;
        this.warping = warping;
        this.generator = generator;
        BatchSize = batchSize;
        KeypointLength = keypointCount * 3;
        faces = new SourceFace?[batchSize];
        driving = new float[batchSize * KeypointLength];
        copies = new Workspace(device, device.Alignment);
        try
        {
            var keypoints = new Shape(batchSize, keypointCount, 3);
            slots = new ForwardPass<Slots>(device, workspace => new Slots(
                new WarpingSource(
                    workspace.Allocate(volume.With(0, batchSize)),
                    workspace.Allocate(warping.CompressedShape(volume).With(0, batchSize)),
                    workspace.AllocateCoordinates(keypoints)),
                workspace.AllocateCoordinates(keypoints)));
            device.Write(driving, slots.Ports.Source.Keypoints);
            device.Write(driving, slots.Ports.Driving);
            whole = Plan(batchSize);
            last = whole;
        }
        catch
        {
            slots?.Dispose();
            copies.Dispose();
            throw;
        }
    }

    /// <summary>The number of frames of a whole batch.</summary>
    public int BatchSize { get; }

    /// <summary>The number of coordinates of a face's keypoints.</summary>
    public int KeypointLength { get; }

    /// <summary>The height of a frame in pixels.</summary>
    public int FrameHeight => whole.Ports.Shape[1];

    /// <summary>The width of a frame in pixels.</summary>
    public int FrameWidth => whole.Ports.Shape[2];

    /// <summary>The size of an RGB frame in bytes.</summary>
    public int FrameBytes => FrameHeight * FrameWidth * 3;

    /// <summary>The device memory of the renderer in bytes, without the networks' parameters.</summary>
    public long ArenaBytes => slots.ArenaBytes + whole.ArenaBytes;

    /// <summary>The frames of the last batch on the device, [N, H, W, 3] in [0, 1]. N is at least the number of rendered frames.</summary>
    public Tensor Images => last.Ports;

    /// <summary>The batch sizes with a planned forward pass, largest first.</summary>
    public IEnumerable<int> PlannedSizes
    {
        get
        {
            yield return BatchSize;
            for (int size = 1 << int.Log2(Math.Max(BatchSize - 1, 1)); size >= 1 && size < BatchSize; size /= 2)
            {
                yield return size;
            }
        }
    }

    /// <summary>Sets the content of a place in the next batch.</summary>
    /// <param name="place">0 .. <see cref="BatchSize"/> - 1.</param>
    /// <param name="face">The portrait. Its volumes are copied.</param>
    /// <param name="source">[K, 3]: the portrait's keypoints in the image. They must be the same in all calls for one face.</param>
    /// <param name="drivingKeypoints">[K, 3]: the keypoints of the frame to render.</param>
    /// <exception cref="TensorShapeException">The face's volume does not have the planned shape.</exception>
    public void Set(int place, SourceFace face, ReadOnlySpan<float> source, ReadOnlySpan<float> drivingKeypoints)
    {
        drivingKeypoints.CopyTo(driving.AsSpan(place * KeypointLength, KeypointLength));
        if (faces[place] != face)
        {
            faces[place] = null;
            WarpingSource slot = slots.Ports.Source;
            copies.Copy(face.Volume, slot.Volume.Slice(place, 1));
            copies.Copy(face.Compressed, slot.Compressed.Slice(place, 1));
            device.Write(source, slot.Keypoints[place]);
            faces[place] = face;
        }
    }

    /// <summary>Renders the first places of a batch. The frames stay on the device as <see cref="Images"/>.</summary>
    /// <param name="count">The number of places to render: 1 to <see cref="BatchSize"/>.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <exception cref="InvalidOperationException">A place was never set.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled. The frames are undefined.</exception>
    public void Render(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, BatchSize);
        if (Array.IndexOf(faces, null, 0, count) is >= 0 and int unset)
        {
            throw new InvalidOperationException($"{nameof(Set)} must be called for place {unset} before {count} frames are rendered.");
        }

        int size = SizeFor(count);
        FillUnset(count, size);
        last = PassFor(size);
        device.Write(driving.AsSpan(0, count * KeypointLength), slots.Ports.Driving.Slice(0, count));
        last.Run(cancellationToken);
    }

    /// <summary>Copies a frame of the last batch to the host.</summary>
    /// <param name="place">The place of the frame in the batch.</param>
    /// <param name="frame">[H, W, 3]: receives the RGB bytes, row-major.</param>
    public void Read(int place, Span<byte> frame) => device.ReadBytes(Images.Slice(place, 1), frame);

    /// <summary>Forgets a portrait that will be disposed, so that a later portrait at the same address is not mistaken for it.</summary>
    public void Forget(SourceFace face)
    {
        for (int place = 0; place < BatchSize; place++)
        {
            faces[place] = faces[place] == face ? null : faces[place];
        }
    }

    /// <summary>Releases the memory of the forward passes.</summary>
    public void Dispose()
    {
        foreach (ForwardPass<Tensor> pass in smaller.Values)
        {
            pass.Dispose();
        }

        whole.Dispose();
        slots.Dispose();
        copies.Dispose();
    }

    private int SizeFor(int count) => Math.Min(BatchSize, (int)BitOperations.RoundUpToPowerOf2((uint)count));

    private ForwardPass<Tensor> PassFor(int size)
    {
        if (size == BatchSize)
        {
            return whole;
        }

        if (!smaller.TryGetValue(size, out ForwardPass<Tensor>? pass))
        {
            pass = Plan(size);
            smaller.Add(size, pass);
        }

        return pass;
    }

    // Places after the requested ones render their earlier content, which is not used. A place that was never set would contain undefined
    // memory, so it gets the face of the first place.
    private void FillUnset(int count, int size)
    {
        WarpingSource slot = slots.Ports.Source;
        for (int place = count; place < size; place++)
        {
            if (faces[place] is null)
            {
                copies.Copy(slot.Volume.Slice(0, 1), slot.Volume.Slice(place, 1));
                copies.Copy(slot.Compressed.Slice(0, 1), slot.Compressed.Slice(place, 1));
            }
        }
    }

    private ForwardPass<Tensor> Plan(int size) => new(
        device,
        workspace =>
        {
            Slots all = slots.Ports;
            var source = new WarpingSource(
                all.Source.Volume.Slice(0, size), all.Source.Compressed.Slice(0, size), all.Source.Keypoints.Slice(0, size));
            Tensor features = workspace.Allocate(warping.FeatureShape(source.Volume.Shape));
            Tensor image = workspace.Allocate(generator.ImageShape(features.Shape));
            using (workspace.BeginScope())
            {
                warping.Forward(workspace, source, all.Driving.Slice(0, size), features);
            }

            generator.Forward(workspace, features, image);
            return image;
        },
        new BatchPlan(size, BatchSize),
        size == BatchSize ? null : whole.Arena);

    private readonly record struct Slots(WarpingSource Source, Tensor Driving);
}

using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Renders frames of any portraits in batches: warping, then the SPADE generator. Each place of a batch has a portrait and driving
/// keypoints of its own. Forwards are planned for the whole batch and for smaller ones of 1, 2, 4, ... frames; kernels are chosen for the
/// whole one, so that a frame has the same bytes at any place and in any company. One thread at a time.
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

    /// <summary>Plans the forward of a whole batch and allocates its memory.</summary>
    /// <param name="device">The device of both networks.</param>
    /// <param name="warping">The warping network.</param>
    /// <param name="generator">The generator.</param>
    /// <param name="volume">The shape [1, D, H, W, C] of the feature volumes that will come.</param>
    /// <param name="keypointCount">Keypoints of a face, 21 in the published weights.</param>
    /// <param name="batchSize">Frames that are rendered at once.</param>
    /// <exception cref="TensorShapeException">The networks and the volume don't fit together.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left; a smaller batch needs less.</exception>
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

    /// <summary>Frames of a whole batch.</summary>
    public int BatchSize { get; }

    /// <summary>Coordinates of a face's keypoints.</summary>
    public int KeypointLength { get; }

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight => whole.Ports.Shape[1];

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth => whole.Ports.Shape[2];

    /// <summary>Bytes of a frame in RGB.</summary>
    public int FrameBytes => FrameHeight * FrameWidth * 3;

    /// <summary>Bytes of device memory that the renderer holds besides its networks' parameters.</summary>
    public long ArenaBytes => slots.ArenaBytes + whole.ArenaBytes;

    /// <summary>The frames of the last batch on the device, [at least as many as were rendered, H, W, 3] in [0, 1].</summary>
    public Tensor Images => last.Ports;

    /// <summary>The sizes of batches that there are forwards for, largest first.</summary>
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

    /// <summary>Says what a place of the next batch shows.</summary>
    /// <param name="place">0 .. <see cref="BatchSize"/> - 1.</param>
    /// <param name="face">The portrait; it is copied.</param>
    /// <param name="source">[K, 3]: its keypoints as they are in the image, the same each time for one face.</param>
    /// <param name="drivingKeypoints">[K, 3]: where they go.</param>
    /// <exception cref="TensorShapeException">The face's volume has another shape than planned.</exception>
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

    /// <summary>Renders the first places of a batch; the frames stay on the device as <see cref="Images"/>.</summary>
    /// <param name="count">How many places were <see cref="Set"/>: 1 to <see cref="BatchSize"/>.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="InvalidOperationException">A place was never set.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled; the frames are undefined.</exception>
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
    /// <param name="place">Its place.</param>
    /// <param name="frame">[H, W, 3]: takes its RGB bytes, row-major.</param>
    public void Read(int place, Span<byte> frame) => device.ReadBytes(Images.Slice(place, 1), frame);

    /// <summary>Forgets a portrait, so that another one at the same address is not taken for it.</summary>
    public void Forget(SourceFace face)
    {
        for (int place = 0; place < BatchSize; place++)
        {
            faces[place] = faces[place] == face ? null : faces[place];
        }
    }

    /// <summary>Releases the memory of the forwards.</summary>
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

    // Places behind the given ones render what they did before, and nobody looks at it. One that was never set would hold whatever the
    // memory held: it takes the first one's face.
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

using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Workers;

/// <summary>
/// Pastes rendered crops back by the feathered square on the device that renders them, to the same bytes as <see cref="PasteBack"/>: only
/// the rows that the crop reaches come to the host, finished. Each place of a batch may have another portrait. One thread at a time.
/// </summary>
internal sealed class PastingPass : IDisposable
{
    private readonly Device device;
    private readonly int batchSize;
    private readonly Workspace workspace;
    private readonly DeviceMemory maskMemory;
    private readonly Tensor mask;
    private DeviceMemory? pasted;
    private long placeElements;

    /// <summary>Whether a device gains by pasting: it runs while the host goes on, and has one op for it.</summary>
    public static bool Suits(Device device) => device.IsAsynchronous && device is IFusedPasteBack;

    /// <summary>Puts the mask on the device.</summary>
    /// <param name="device">The queue that renders.</param>
    /// <param name="side">The side of rendered crops, in pixels.</param>
    /// <param name="batchSize">Places of a batch.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public PastingPass(Device device, int side, int batchSize)
    {
        this.device = device;
        this.batchSize = batchSize;
        workspace = new Workspace(device, device.Alignment);
        var shape = new Shape(side, side, 1);
        maskMemory = device.AllocateMemory(shape.ElementCount * device.ActivationType.SizeInBytes());
        mask = new Tensor(maskMemory, 0, shape, device.ActivationType, shape.Channels);
        float[] weights = new float[side * side];
        PasteGround.ToLevels(PasteBack.FeatherMask(side), weights);
        device.Write(weights, mask);
    }

    /// <summary>Bytes of device memory.</summary>
    public long ByteLength => maskMemory.ByteLength + (pasted?.ByteLength ?? 0);

    /// <summary>Makes room for the frames of a batch. Everything that was queued before has been read.</summary>
    /// <param name="largest">The most elements that a frame of the batch has: rows x width x 3.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left; a smaller batch needs less.</exception>
    public void Reserve(long largest)
    {
        if (largest > placeElements)
        {
            pasted?.Dispose();
            pasted = null;
            placeElements = 0;
            pasted = device.AllocateMemory(batchSize * largest * device.ActivationType.SizeInBytes());
            placeElements = largest;
        }
    }

    /// <summary>Queues the pasting of one crop.</summary>
    /// <param name="place">Its place in the batch.</param>
    /// <param name="crop">[1, side, side, 3] in [0, 1].</param>
    /// <param name="ground">What it is pasted into.</param>
    public void Queue(int place, Tensor crop, PasteGround ground)
    {
        if (ground.Rows > 0)
        {
            workspace.WarpBlend(crop, mask, ground.Background, ground.ToCrop, ground.FirstRow, PastedAt(place, ground));
        }
    }

    /// <summary>Brings the rows that the crop reaches to the host, when they are done.</summary>
    /// <param name="place">The place in the batch.</param>
    /// <param name="ground">What was pasted into.</param>
    /// <param name="frame">[height, width, 3]: a buffer that held the portrait, or a frame of it, before; holds the frame afterwards.</param>
    public void Read(int place, PasteGround ground, Span<byte> frame)
    {
        if (ground.Rows > 0)
        {
            device.ReadBytes(PastedAt(place, ground), frame.Slice(ground.FirstRow * ground.RowBytes, ground.Rows * ground.RowBytes));
        }
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        pasted?.Dispose();
        maskMemory.Dispose();
        workspace.Dispose();
    }

    private Tensor PastedAt(int place, PasteGround ground)
    {
        Shape rows = ground.Background.Shape;
        return new Tensor(pasted, place * placeElements, new Shape(1, rows[0], rows[1], rows[2]), device.ActivationType, rows.Channels);
    }
}

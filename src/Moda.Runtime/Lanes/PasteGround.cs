using Moda.Kernels;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Lanes;

/// <summary>
/// What a device pastes the frames of one portrait into: the rows of the picture that the crop reaches, and where they lie in the crop. It
/// owns its memory.
/// </summary>
internal sealed class PasteGround : IDisposable
{
    private readonly DeviceMemory memory;

    /// <summary>Puts the rows of a picture on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="portrait">The picture and its crop.</param>
    /// <param name="side">The side of rendered crops, in pixels.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public PasteGround(Device device, Portrait portrait, int side)
    {
        RgbImage image = portrait.Image;
        AffineTransform cropToImage = portrait.Crop.CropToImage;
        (FirstRow, int endRow) = PasteBack.ReachedRows(cropToImage, side, image);
        Rows = endRow - FirstRow;
        RowBytes = image.Stride;
        ToCrop = cropToImage.Invert();
        var shape = new Shape(Math.Max(Rows, 1), image.Width, RgbImage.Channels);
        memory = device.AllocateMemory(shape.ElementCount * device.ActivationType.SizeInBytes());
        Background = new Tensor(memory, 0, shape, device.ActivationType, shape.Channels);
        if (Rows > 0)
        {
            device.Write(ToLevels(image.Pixels.AsSpan(FirstRow * RowBytes, Rows * RowBytes)), Background);

            // Other lanes read it.
            device.Synchronize();
        }
    }

    /// <summary>The first row of the picture that the crop reaches.</summary>
    public int FirstRow { get; }

    /// <summary>How many rows it reaches; 0 where it lies outside.</summary>
    public int Rows { get; }

    /// <summary>Bytes of a row of RGB.</summary>
    public int RowBytes { get; }

    /// <summary>From pixels of the picture to those of the crop.</summary>
    public AffineTransform ToCrop { get; }

    /// <summary>[rows, width, 3]: those rows, in the middle of each level.</summary>
    public Tensor Background { get; }

    /// <summary>Bytes of device memory.</summary>
    public long ByteLength => memory.ByteLength;

    /// <summary>Bytes as values in [0, 1], each the middle of its level, which no rounding of storage moves to another.</summary>
    public static float[] ToLevels(ReadOnlySpan<byte> bytes)
    {
        float[] values = new float[bytes.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (bytes[i] + 0.5f) / byte.MaxValue;
        }

        return values;
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose() => memory.Dispose();
}

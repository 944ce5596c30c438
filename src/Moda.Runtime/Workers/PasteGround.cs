using System.Buffers;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks;

namespace Moda.Runtime.Workers;

/// <summary>
/// What a device pastes the frames of one portrait into: the rows of the picture that the crop reaches, and where they lie in the crop. It
/// owns its memory.
/// </summary>
internal sealed class PasteGround : IDisposable
{
    private readonly DeviceMemory memory;
    private readonly DeviceMemoryPool? memories;

    /// <summary>Puts the rows of a picture on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="portrait">The picture and its crop.</param>
    /// <param name="side">The side of rendered crops, in pixels.</param>
    /// <param name="memories">Where its memory comes from and goes to, enough for a whole picture; null to allocate what it needs.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public PasteGround(Device device, Portrait portrait, int side, DeviceMemoryPool? memories = null)
    {
        this.memories = memories;
        RgbImage image = portrait.Image;
        AffineTransform cropToImage = portrait.Crop.CropToImage;
        (FirstRow, int endRow) = PasteBack.ReachedRows(cropToImage, side, image);
        Rows = endRow - FirstRow;
        RowBytes = image.Stride;
        ToCrop = cropToImage.Invert();
        var shape = new Shape(Math.Max(Rows, 1), image.Width, RgbImage.Channels);
        int size = device.ActivationType.SizeInBytes();
        memory = memories?.Rent((long)image.Pixels.Length * size) ?? device.AllocateMemory(shape.ElementCount * size);
        Background = new Tensor(memory, 0, shape, device.ActivationType, shape.Channels);
        if (Rows > 0)
        {
            float[] levels = ArrayPool<float>.Shared.Rent(Rows * RowBytes);
            Span<float> values = levels.AsSpan(0, Rows * RowBytes);
            ToLevels(image.Pixels.AsSpan(FirstRow * RowBytes, values.Length), values);
            device.Write(values, Background);
            ArrayPool<float>.Shared.Return(levels);

            // Other workers read it.
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
    /// <param name="bytes">The bytes.</param>
    /// <param name="values">As many values.</param>
    public static void ToLevels(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (bytes[i] + 0.5f) / byte.MaxValue;
        }
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
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
}

using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>
/// Pasting back by the feathered square on the device that renders, to the same bytes as <see cref="PasteBack"/>: only the rows that the
/// crop reaches come to the host, finished.
/// </summary>
internal sealed class DevicePasting : IFramePasting
{
    private readonly Device device;
    private readonly ForwardPass<Ports> pass;
    private readonly int rowBytes;
    private readonly int firstRow;
    private readonly int rows;

    /// <summary>Plans the pass and writes what never changes.</summary>
    /// <param name="device">The renderer's lane.</param>
    /// <param name="renderer">What renders the batches.</param>
    /// <param name="portrait">What is pasted into.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left; a smaller batch needs less.</exception>
    public DevicePasting(Device device, FrameRenderer renderer, Portrait portrait)
    {
        this.device = device;
        RgbImage image = portrait.Image;
        int side = renderer.FrameWidth;
        AffineTransform cropToImage = portrait.Crop.CropToImage;
        (firstRow, int endRow) = PasteBack.ReachedRows(cropToImage, side, image);
        rows = endRow - firstRow;
        rowBytes = image.Stride;
        AffineTransform toCrop = cropToImage.Invert();
        var map = new AffineMap(toCrop.XX, toCrop.XY, toCrop.X0, toCrop.YX, toCrop.YY, toCrop.Y0);
        pass = new ForwardPass<Ports>(device, workspace =>
        {
            Tensor mask = workspace.Allocate(side, side, 1);
            Tensor background = workspace.Allocate(Math.Max(rows, 1), image.Width, RgbImage.Channels);
            return new Ports(mask, background, workspace.WarpBlend(renderer.Images, mask, background, map, firstRow));
        });
        device.Write(ToLevels(PasteBack.FeatherMask(side)), pass.Ports.Mask);
        if (rows > 0)
        {
            device.Write(ToLevels(image.Pixels.AsSpan(firstRow * rowBytes, rows * rowBytes)), pass.Ports.Background);
        }
    }

    /// <inheritdoc/>
    public void Begin(int count, CancellationToken cancellationToken)
    {
        pass.Run(cancellationToken);
        device.Synchronize();
    }

    /// <inheritdoc/>
    public void Paste(int place, Memory<byte> frame, CancellationToken cancellationToken)
    {
        if (rows > 0)
        {
            device.ReadBytes(pass.Ports.Frames.Slice(place, 1), frame.Span.Slice(firstRow * rowBytes, rows * rowBytes));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => pass.Dispose();

    // The middle of each level, which no rounding of storage moves to another.
    private static float[] ToLevels(ReadOnlySpan<byte> bytes)
    {
        float[] values = new float[bytes.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (bytes[i] + 0.5f) / byte.MaxValue;
        }

        return values;
    }

    private readonly record struct Ports(Tensor Mask, Tensor Background, Tensor Frames);
}

using System.Buffers.Binary;
using Moda.Runtime.Imaging;
using SkiaSharp;

namespace Moda.Web.Sockets;

/// <summary>Encodes frames as JPEG behind a header. It keeps its buffers: one caller at a time.</summary>
/// <param name="headerLength">Bytes in front of the picture, which the caller fills.</param>
internal sealed class FrameEncoder(int headerLength) : IDisposable
{
    private const int Quality = 85;

    private readonly MemoryStream output = new();
    private SKBitmap? bitmap;

    /// <summary>Encodes a frame.</summary>
    /// <returns>The header, not filled, and the picture; valid until the next call.</returns>
    public Memory<byte> Encode(in VideoFrame frame)
    {
        if (bitmap is null || bitmap.Width != frame.Width || bitmap.Height != frame.Height)
        {
            bitmap?.Dispose();
            bitmap = new SKBitmap(new SKImageInfo(frame.Width, frame.Height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        }

        frame.CopyTo(bitmap.GetPixelSpan(), PixelFormat.Bgra32);
        output.SetLength(headerLength);
        output.Position = headerLength;
        bitmap.Encode(output, SKEncodedImageFormat.Jpeg, Quality);
        return output.GetBuffer().AsMemory(0, (int)output.Length);
    }

    /// <summary>Writes a number of 32 bits into a header, little-endian.</summary>
    public static void Write(Memory<byte> message, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(message.Span[offset..], value);

    /// <inheritdoc/>
    public void Dispose()
    {
        bitmap?.Dispose();
        output.Dispose();
    }
}

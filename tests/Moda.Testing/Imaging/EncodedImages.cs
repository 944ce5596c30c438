using System.Buffers.Binary;

namespace Moda.Testing.Imaging;

/// <summary>Image files of forms that the engine reads and doesn't write.</summary>
public static class EncodedImages
{
    private const string Progressive =
        "/9j/2wBDAAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAj/wgALCABAAEABAREA/8QAHAAAAAAJAAAA"
        + "AAAAAAAAAAAAAAECAwQFBgcI/9oACAEBAAAAAHTllllllliLLLLLLLEWWWWWWWIsssssssRZZZZZZYiyyyyyyxFlllllliLLLLLLL//EABQQAQAAAAAAAAAAAAAAAAAA"
        + "AAD/2gAIAQEAAT8AAAAAAAAAAAD/2Q==";

    /// <summary>Puts an EXIF segment with nothing but the orientation behind the start of a JPEG.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] segment = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. Exif(orientation)];
        return [.. jpeg.AsSpan(0, 2), .. segment, .. jpeg.AsSpan(2)];
    }

    /// <summary>Puts a chunk behind the header of a PNG, or before its end.</summary>
    public static byte[] WithChunk(byte[] png, ReadOnlySpan<byte> type, byte[] content, bool atEnd = false)
    {
        const int HeaderEnd = 33;
        const int EndLength = 12;
        int at = atEnd ? png.Length - EndLength : HeaderEnd;
        return [.. png.AsSpan(0, at), .. Chunk(type, content), .. png.AsSpan(at)];
    }

    /// <summary>An EXIF block with nothing but the orientation, big-endian.</summary>
    public static byte[] Exif(byte orientation) =>
    [
        .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>As <see cref="Exif"/>, little-endian.</summary>
    public static byte[] LittleEndianExif(byte orientation) =>
    [
        .. "II*\0"u8, 8, 0, 0, 0, 1, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>An XMP packet with nothing but the orientation, as an attribute or an element.</summary>
    public static byte[] Xmp(string orientation, bool isElement = false) => System.Text.Encoding.UTF8.GetBytes(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF><rdf:Description xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" "
        + (isElement ? $"><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>" : $"tiff:Orientation=\"{orientation}\"/>")
        + "</rdf:RDF></x:xmpmeta>");

    /// <summary>Puts an XMP packet behind the header of a PNG.</summary>
    public static byte[] PngWithXmp(byte[] png, byte[] xmp) => WithChunk(png, "iTXt"u8, [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. xmp]);

    /// <summary>Puts an XMP packet behind the start of a JPEG.</summary>
    public static byte[] JpegWithXmp(byte[] jpeg, byte[] xmp)
    {
        byte[] content = [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. xmp];
        int length = content.Length + 2;
        return [.. jpeg.AsSpan(0, 2), 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. content, .. jpeg.AsSpan(2)];
    }

    /// <summary>Puts EXIF behind the data of a lossless WebP, whose header becomes the extended one.</summary>
    public static byte[] WebPWithOrientation(byte[] webp, int width, int height, byte orientation) =>
        WebPWithMetadata(webp, width, height, flag: 8, "EXIF"u8, Exif(orientation));

    /// <summary>As <see cref="WebPWithOrientation"/>, with an XMP packet.</summary>
    public static byte[] WebPWithXmp(byte[] webp, int width, int height, byte[] xmp) => WebPWithMetadata(webp, width, height, flag: 4, "XMP "u8, xmp);

    private static byte[] WebPWithMetadata(byte[] webp, int width, int height, byte flag, ReadOnlySpan<byte> type, byte[] metadata)
    {
        byte[] extended = [flag, 0, 0, 0, (byte)(width - 1), (byte)((width - 1) >> 8), 0, (byte)(height - 1), (byte)((height - 1) >> 8), 0];
        byte[] content = [.. "WEBP"u8, .. RiffChunk("VP8X"u8, extended), .. webp.AsSpan(12), .. RiffChunk(type, metadata)];
        return RiffChunk("RIFF"u8, content);
    }

    private static byte[] RiffChunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        return [.. type, .. length, .. content, .. new byte[content.Length & 1]];
    }

    /// <summary>A PNG of unfiltered rows; shorter data than the size asks for is left as it is.</summary>
    public static byte[] Png(int width, int height, byte colourType, byte bitDepth, byte[] samples)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bitDepth, colourType);
        int stride = Math.Max(1, samples.Length / height);
        using MemoryStream data = new();
        using (System.IO.Compression.ZLibStream zlib = new(data, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int start = 0; start < samples.Length; start += stride)
            {
                zlib.WriteByte(0);
                zlib.Write(samples, start, stride);
            }
        }
        return [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, data.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>A lossless WebP of one colour, whose codes have no bits: 28 bytes, whatever its size.</summary>
    public static byte[] PlainWebP(int width, int height)
    {
        // The signature; 14 bits for each side less one, alpha, a version of 3 bits; no transform, cache and groups; five codes of one symbol.
        ulong sides = (uint)(width - 1) | ((ulong)(uint)(height - 1) << 14);
        byte[] sizes = BitConverter.GetBytes(sides);
        byte[] content = [0x2F, .. sizes.AsSpan(0, 4), 0b1000_1000, 0b1000_1000, 0b0000_1000];
        return RiffChunk("RIFF"u8, [.. "WEBP"u8, .. RiffChunk("VP8L"u8, content)]);
    }

    /// <summary>64 x 64, grey, progressive: 8 x 8 squares of 40 + 20 row + 3 column. The scan of these levels ends at byte 172 of 214.</summary>
    public static byte[] ProgressiveJpeg() => Convert.FromBase64String(Progressive);

    /// <summary>A bitmap of 24 bits whose rows go down; the width is a multiple of 4.</summary>
    public static byte[] Bitmap(int width, int height, byte[] pixels)
    {
        byte[] header = new byte[54];
        using var writer = new BinaryWriter(new MemoryStream(header));
        writer.Write("BM"u8);
        writer.Write(header.Length + pixels.Length);
        writer.Write(0);
        writer.Write(header.Length);
        writer.Write(40);
        writer.Write(width);
        writer.Write(-height);
        writer.Write((short)1);
        writer.Write((short)24);
        return [.. header, .. pixels];
    }

    /// <summary>A GIF of noise in 128 greys, written as codes of 8 bits: the dictionary is emptied before they would grow.</summary>
    public static byte[] Gif(int width, int height)
    {
        const byte Clear = 128;
        const byte End = 129;
        const int CodesPerClear = 100;
        var codes = new List<byte>();
        var random = new Random(1);
        for (int i = 0; i < width * height; i++)
        {
            if (i % CodesPerClear == 0)
            {
                codes.Add(Clear);
            }

            codes.Add((byte)random.Next(128));
        }

        codes.Add(End);
        var file = new List<byte>([.. "GIF89a"u8, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0xF6, 0, 0]);
        for (int level = 0; level < 128; level++)
        {
            file.AddRange([(byte)(level * 2), (byte)(level * 2), (byte)(level * 2)]);
        }

        file.AddRange([0x2C, 0, 0, 0, 0, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 7]);
        foreach (byte[] block in codes.Chunk(255))
        {
            file.Add((byte)block.Length);
            file.AddRange(block);
        }

        file.AddRange([0, 0x3B]);
        return [.. file];
    }

    /// <summary>A chunk of a PNG, with its length and checksum.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }
        return ~crc;
    }
}

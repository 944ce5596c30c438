using System.Text;

namespace Moda.Testing.Audio;

/// <summary>Builds WAV files byte by byte.</summary>
public static class WavBytes
{
    public const int IntegerTag = 1;
    public const int FloatingPointTag = 3;

    public static byte[] Build(
        ReadOnlySpan<byte> samples,
        int tag = IntegerTag,
        int channels = 1,
        int sampleRate = 16000,
        int bytesPerSample = 2,
        bool extensible = false,
        bool listChunks = false,
        uint? announcedBytes = null)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("RIFF"u8);
        writer.Write(0xFFFFFFFFu);
        writer.Write("WAVE"u8);
        if (listChunks)
        {
            WriteChunk(writer, "JUNK", new byte[5000]);
        }
        writer.Write("fmt "u8);
        writer.Write(extensible ? 40 : 16);
        writer.Write((ushort)(extensible ? 0xFFFE : tag));
        writer.Write((ushort)channels);
        writer.Write(sampleRate);
        writer.Write(sampleRate * channels * bytesPerSample);
        writer.Write((ushort)(channels * bytesPerSample));
        writer.Write((ushort)(8 * bytesPerSample));
        if (extensible)
        {
            writer.Write((ushort)22);
            writer.Write((ushort)(8 * bytesPerSample));
            writer.Write(0);
            writer.Write((ushort)tag);
            writer.Write([0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71]);
        }
        if (listChunks)
        {
            // An odd size, so that the byte of padding counts.
            WriteChunk(writer, "LIST", "INFOISFT\u0007\0\0\0Lavf58."u8);
        }
        writer.Write("data"u8);
        writer.Write(announcedBytes ?? (uint)samples.Length);
        writer.Write(samples);
        return stream.ToArray();
    }

    public static byte[] Pcm16(params ReadOnlySpan<short> samples) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples).ToArray();

    public static byte[] Float32(params ReadOnlySpan<float> samples) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples).ToArray();

    public static byte[] Float64(params ReadOnlySpan<double> samples) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples).ToArray();

    private static void WriteChunk(BinaryWriter writer, string name, ReadOnlySpan<byte> content)
    {
        writer.Write(Encoding.ASCII.GetBytes(name));
        writer.Write(content.Length);
        writer.Write(content);
        if (content.Length % 2 == 1)
        {
            writer.Write((byte)0);
        }
    }
}

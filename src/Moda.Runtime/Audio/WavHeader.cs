using System.Buffers.Binary;

namespace Moda.Runtime.Audio;

/// <summary>
/// Reads a WAV file (RIFF, or RF64 and BW64 for more than 4 GiB) up to its first sample. Other chunks, such as <c>LIST</c>, are skipped in
/// any position.
/// </summary>
internal static class WavHeader
{
    private const int ExtensibleTag = 0xFFFE;
    private const int IntegerTag = 1;
    private const int FloatingPointTag = 3;
    private const uint SizeElsewhere = uint.MaxValue;

    // A program that streams a WAV file cannot go back to write the size.
    private const uint SizeUnknown = 0;

    /// <summary>Whether these are the first 12 bytes of a WAV file.</summary>
    public static bool IsWav(ReadOnlySpan<byte> start) =>
        start.Length >= 12
        && (start[..4].SequenceEqual("RIFF"u8) || start[..4].SequenceEqual("RF64"u8) || start[..4].SequenceEqual("BW64"u8))
        && start[8..12].SequenceEqual("WAVE"u8);

    /// <summary>Reads up to the first sample.</summary>
    /// <returns>The format, and the announced number of bytes of samples. <see cref="long.MaxValue"/> means all bytes that follow.</returns>
    public static async ValueTask<(WavFormat Format, long DataBytes)> ReadAsync(
        Stream stream, string description, CancellationToken cancellationToken)
    {
        byte[] header = new byte[40];
        await ReadExactlyAsync(stream, header.AsMemory(0, 12), description, cancellationToken).ConfigureAwait(false);
        if (!IsWav(header))
        {
            throw new AudioException($"{description} is not a WAV file: it does not start with RIFF and WAVE.");
        }
        WavFormat? format = null;
        long longDataBytes = long.MaxValue;
        while (true)
        {
            await ReadExactlyAsync(stream, header.AsMemory(0, 8), description, cancellationToken).ConfigureAwait(false);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            if (header.AsSpan(0, 4).SequenceEqual("data"u8))
            {
                return (
                    format ?? throw new AudioException($"{description} is a broken WAV file: no 'fmt ' chunk stands before its samples."),
                    size switch
                    {
                        SizeElsewhere => longDataBytes,
                        SizeUnknown => long.MaxValue,
                        _ => size,
                    });
            }
            bool isFormat = header.AsSpan(0, 4).SequenceEqual("fmt "u8);
            bool isLongSizes = header.AsSpan(0, 4).SequenceEqual("ds64"u8);
            int wanted = isFormat || isLongSizes ? (int)Math.Min(size, (uint)header.Length) : 0;
            await ReadExactlyAsync(stream, header.AsMemory(0, wanted), description, cancellationToken).ConfigureAwait(false);
            if (isFormat)
            {
                format = ParseFormat(header.AsSpan(0, wanted), description);
            }
            else if (isLongSizes && wanted >= 16)
            {
                ulong announced = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(8));
                longDataBytes = announced == SizeUnknown ? long.MaxValue : (long)Math.Min(announced, long.MaxValue);
            }
            // Chunks are padded to an even size.
            await SkipAsync(stream, (long)size + (size & 1) - wanted, description, cancellationToken).ConfigureAwait(false);
        }
    }

    private static WavFormat ParseFormat(ReadOnlySpan<byte> chunk, string description)
    {
        if (chunk.Length < 16)
        {
            throw new AudioException($"{description} is a broken WAV file: its 'fmt ' chunk is {chunk.Length} bytes long instead of 16 or more.");
        }
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        SampleChecks.RequireChannels(description, channels);
        uint sampleRate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int bytesPerFrame = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        if (tag == ExtensibleTag && chunk.Length >= 26)
        {
            // The GUID of the sub-format starts with its format tag.
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        }
        int bytesPerSample = channels > 0 && bytesPerFrame % channels == 0 ? bytesPerFrame / channels : 0;
        WavEncoding encoding = (tag, bytesPerSample) switch
        {
            (IntegerTag, >= 1 and <= 4) => WavEncoding.Integer,
            (FloatingPointTag, 4 or 8) => WavEncoding.FloatingPoint,
            _ => WavEncoding.Other,
        };
        return new WavFormat(encoding, channels, (int)Math.Min(sampleRate, int.MaxValue), bytesPerSample);
    }

    private static async ValueTask ReadExactlyAsync(
        Stream stream, Memory<byte> destination, string description, CancellationToken cancellationToken)
    {
        int read = await stream.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        if (read < destination.Length)
        {
            throw Truncated(description);
        }
    }

    private static async ValueTask SkipAsync(Stream stream, long count, string description, CancellationToken cancellationToken)
    {
        byte[] skipped = new byte[Math.Min(count, 4096)];
        while (count > 0)
        {
            int read = await stream.ReadAsync(skipped.AsMemory(0, (int)Math.Min(count, skipped.Length)), cancellationToken)
                .ConfigureAwait(false);
            count -= read > 0 ? read : throw Truncated(description);
        }
    }

    private static AudioException Truncated(string description) =>
        new($"{description} is a broken WAV file: it ends before its samples start.");
}

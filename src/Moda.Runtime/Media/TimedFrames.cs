using System.Buffers.Binary;

namespace Moda.Runtime.Media;

/// <summary>
/// Writes the Matroska headers around raw frames, so that ffmpeg reads each frame with its time: one track of RGB, and a cluster for each
/// frame.
/// </summary>
internal sealed class TimedFrames
{
    private bool hasStarted;

    // The length of an element that ends with the stream.
    private static ReadOnlySpan<byte> UnknownLength => [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    private readonly int frameLength;
    private readonly byte[] cluster;

    /// <summary>Creates the headers for frames of a format.</summary>
    public TimedFrames(VideoFormat format)
    {
        frameLength = format.FrameLength;
        Start =
        [
            .. Element([0x1A, 0x45, 0xDF, 0xA3], Element([0x42, 0x82], "matroska"u8)),
            .. (ReadOnlySpan<byte>)[0x18, 0x53, 0x80, 0x67], .. UnknownLength,

            // Times are in units of a microsecond.
            .. Element([0x15, 0x49, 0xA9, 0x66], Element([0x2A, 0xD7, 0xB1], Number(1000))),
            .. Element([0x16, 0x54, 0xAE, 0x6B], Element([0xAE], Track(format))),
        ];
        cluster = new byte[4 + 8 + 2 + 8 + 1 + 8 + 4];
    }

    /// <summary>The bytes before the first frame.</summary>
    public byte[] Start { get; }

    /// <summary>The bytes before a frame's pixels. They are valid until the next call.</summary>
    /// <param name="timestamp">The time at which the frame is shown.</param>
    public ReadOnlyMemory<byte> HeaderOf(TimeSpan timestamp)
    {
        Span<byte> rest = cluster;
        rest = Put(rest, [0x1F, 0x43, 0xB6, 0x75]);
        rest = PutLength(rest, 2 + 8 + 1 + 8 + 4 + frameLength);
        rest = Put(rest, [0xE7, 0x88]);
        BinaryPrimitives.WriteInt64BigEndian(rest, timestamp.Ticks / TimeSpan.TicksPerMicrosecond);
        rest = Put(rest[8..], [0xA3]);
        rest = PutLength(rest, 4 + frameLength);

        // Track 1, no offset from the cluster's time, a key frame.
        Put(rest, [0x81, 0, 0, 0x80]);
        return cluster;
    }

    private static byte[] Track(VideoFormat format) =>
    [
        .. Element([0xD7], Number(1)),
        .. Element([0x73, 0xC5], Number(1)),
        .. Element([0x83], Number(1)),
        .. Element([0x86], "V_UNCOMPRESSED"u8),
        .. Element([0xE0],
        [
            .. Element([0xB0], Number(format.Width)), .. Element([0xBA], Number(format.Height)), .. Element([0x2E, 0xB5, 0x24], "RGB\u0018"u8),
        ]),
    ];

    private static byte[] Element(ReadOnlySpan<byte> id, ReadOnlySpan<byte> content)
    {
        byte[] length = new byte[8];
        PutLength(length, content.Length);
        return [.. id, .. length, .. content];
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static Span<byte> Put(Span<byte> destination, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(destination);
        return destination[bytes.Length..];
    }

    // Lengths have eight bytes. The first byte, 1, marks that size.
    private static Span<byte> PutLength(Span<byte> destination, long length)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, length | 1L << 56);
        return destination[8..];
    }

    /// <summary>Writes the part before a frame's bytes, and before the first frame the part before all frames.</summary>
    /// <param name="stream">The stream that the frame's bytes are written to next.</param>
    /// <param name="timestamp">The time at which the frame is shown.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public async ValueTask WriteHeaderAsync(Stream stream, TimeSpan timestamp, CancellationToken cancellationToken)
    {
        if (!hasStarted)
        {
            await stream.WriteAsync(Start, cancellationToken).ConfigureAwait(false);
            hasStarted = true;
        }

        await stream.WriteAsync(HeaderOf(timestamp), cancellationToken).ConfigureAwait(false);
    }
}

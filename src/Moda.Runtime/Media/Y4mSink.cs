using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>
/// Writes uncompressed YUV4MPEG2 (.y4m), which players and encoders read. It needs no ffmpeg. Colour is not subsampled. Values are BT.601
/// limited range, because that is how readers interpret an untagged stream.
/// </summary>
internal sealed class Y4mSink : IVideoSink
{
    private const int FractionBits = 16;

    private readonly VideoFormat format;
    private readonly PartialOutput? output;
    private readonly string path;
    private readonly Stream stream;
    private readonly byte[] planes;
    private readonly bool leaveOpen;
    private bool disposed;

    /// <summary>Starts writing a file.</summary>
    /// <param name="output">Where the file is written. The new object disposes it.</param>
    /// <param name="format">The format of the frames.</param>
    /// <exception cref="VideoFileException">The output cannot be written.</exception>
    public Y4mSink(PartialOutput output, VideoFormat format)
        : this(new FileStream(output.PartialPath, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true), output.Shown, format) =>
        this.output = output;

    /// <summary>Starts writing to a stream whose bytes cannot be taken back: standard output, a pipe, a device.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="path">The stream's name, for messages.</param>
    /// <param name="format">The format of the frames.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the sink is complete or disposed.</param>
    /// <exception cref="VideoFileException">The output cannot be written.</exception>
    public Y4mSink(Stream stream, string path, VideoFormat format, bool leaveOpen = false)
    {
        this.stream = stream;
        this.leaveOpen = leaveOpen;
        this.path = path;
        this.format = format;
        planes = new byte[FrameHeader.Length + format.FrameLength];
        FrameHeader.CopyTo(planes);
        string header = string.Create(
            CultureInfo.InvariantCulture, $"YUV4MPEG2 W{format.Width} H{format.Height} F{format.FramesPerSecond.Numerator}:{format.FramesPerSecond.Denominator} Ip A1:1 C444\n");
        try
        {
            stream.Write(Encoding.ASCII.GetBytes(header));
        }
        catch (IOException error)
        {
            throw PartialOutput.Explain(path, error);
        }
    }

    /// <inheritdoc/>
    public string Description => "uncompressed YUV 4:4:4";

    /// <inheritdoc/>
    public string? Notice => format.HasOwnTimes ? $"frames of .y4m have no times of their own: they are shown at {format.FramesPerSecond} in a second." : null;

    private static ReadOnlySpan<byte> FrameHeader => "FRAME\n"u8;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        Convert(frame.Pixels.Span, planes.AsSpan(FrameHeader.Length));
        try
        {
            await stream.WriteAsync(planes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw PartialOutput.Explain(path, error);
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw PartialOutput.Explain(path, error);
        }
        output?.CommitFile();
    }

    /// <summary>Closes the file, and removes an incomplete one.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }
        disposed = true;
        await CloseAsync(CancellationToken.None).ConfigureAwait(false);
        output?.Dispose();
    }

    /// <summary>Converts RGB to planes of Y, Cb and Cr (ITU-R BT.601, Y 16 .. 235, colour 16 .. 240), rounded.</summary>
    /// <param name="rgb">[n, 3].</param>
    /// <param name="planes">[3, n].</param>
    internal static void Convert(ReadOnlySpan<byte> rgb, Span<byte> planes)
    {
        int pixels = rgb.Length / 3;
        Span<byte> luma = planes[..pixels];
        Span<byte> blue = planes.Slice(pixels, pixels);
        Span<byte> red = planes.Slice(2 * pixels, pixels);
        for (int i = 0; i < pixels; i++)
        {
            int r = rgb[i * 3];
            int g = rgb[i * 3 + 1];
            int b = rgb[i * 3 + 2];
            luma[i] = Weigh(r, g, b, 0.299 * 219 / 255, 0.587 * 219 / 255, 0.114 * 219 / 255, 16);
            blue[i] = Weigh(r, g, b, -0.299 / 1.772 * 224 / 255, -0.587 / 1.772 * 224 / 255, 0.5 * 224 / 255, 128);
            red[i] = Weigh(r, g, b, 0.5 * 224 / 255, -0.587 / 1.402 * 224 / 255, -0.114 / 1.402 * 224 / 255, 128);
        }
    }

    private async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        if (leaveOpen)
        {
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Weigh(int r, int g, int b, double red, double green, double blue, int offset)
    {
        const double One = 1 << FractionBits;
        int sum = r * (int)Math.Round(red * One) + g * (int)Math.Round(green * One) + b * (int)Math.Round(blue * One);
        return (byte)((sum + (offset << FractionBits) + (1 << (FractionBits - 1))) >> FractionBits);
    }
}

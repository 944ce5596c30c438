using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>What all frames of a clip have in common.</summary>
public sealed record VideoFormat
{
    /// <summary>Creates the format.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="framesPerSecond">The reference's is 25.</param>
    public VideoFormat(int width, int height, FrameRate framesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(framesPerSecond.Numerator, 1, nameof(framesPerSecond));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width * (long)height, Array.MaxLength / 3, nameof(height));
        Width = width;
        Height = height;
        FramesPerSecond = framesPerSecond;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Frames in a second.</summary>
    public FrameRate FramesPerSecond { get; }

    /// <summary>
    /// Whether frames are shown at their own times (<see cref="VideoFrame.Timestamp"/>), as in recordings of phones and screens;
    /// <see cref="FramesPerSecond"/> is then what is usual in them.
    /// </summary>
    public bool HasOwnTimes { get; init; }

    /// <summary>The width of a pixel over its height, as the picture is shown; 1 for square ones. Only videos that ffmpeg writes keep it.</summary>
    public double PixelAspect { get; init; } = 1;

    /// <summary>Bytes of one frame.</summary>
    public int FrameLength => Width * Height * 3;

    /// <summary>When a frame is shown, from the clip's start.</summary>
    /// <param name="index">0 for the first.</param>
    public TimeSpan TimestampOf(int index) => FramesPerSecond.TimestampOf(index);

    /// <summary>Refuses sizes that half as many colour samples do not fit.</summary>
    /// <param name="output">What is written, for the message.</param>
    /// <exception cref="VideoFileException">A side is odd.</exception>
    internal void RequireEvenSides(string output)
    {
        if (Width % 2 != 0 || Height % 2 != 0)
        {
            throw new VideoFileException(output, $"{Width} x {Height} pixels cannot be encoded; both sides must be even.");
        }
    }

    internal void Check(VideoFrame frame)
    {
        if (frame.Width != Width || frame.Height != Height || frame.Pixels.Length != FrameLength)
        {
            throw new ArgumentException(
                $"Frame {frame.Index} is {frame.Width} x {frame.Height} with {frame.Pixels.Length} bytes; the clip is {Width} x {Height} with {FrameLength}.",
                nameof(frame));
        }
    }
}

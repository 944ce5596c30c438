using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>The format of all frames of a clip.</summary>
public sealed record VideoFormat
{
    /// <summary>Creates the format.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="framesPerSecond">The frame rate. The reference uses 25.</param>
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

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>The frame rate.</summary>
    public FrameRate FramesPerSecond { get; }

    /// <summary>
    /// Whether frames are shown at their own times (<see cref="VideoFrame.Timestamp"/>), as in recordings of phones and screens. <see
    /// cref="FramesPerSecond"/> is then their usual rate.
    /// </summary>
    public bool HasOwnTimes { get; init; }

    /// <summary>
    /// The width of a pixel divided by its height when the picture is shown; 1 for square pixels. Only videos that ffmpeg writes keep it.
    /// </summary>
    public double PixelAspect { get; init; } = 1;

    /// <summary>The size of one frame in bytes.</summary>
    public int FrameLength => Width * Height * 3;

    /// <summary>The time at which a frame is shown, from the clip's start.</summary>
    /// <param name="index">The frame's index, from 0.</param>
    public TimeSpan TimestampOf(int index) => FramesPerSecond.TimestampOf(index);

    /// <summary>Refuses odd widths and heights, because colour is subsampled by two.</summary>
    /// <param name="output">The name of the output, for the message.</param>
    /// <exception cref="VideoFileException">The width or the height is odd.</exception>
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

namespace Moda.Runtime.Imaging;

/// <summary>How the pixels of a frame lie in memory. Rows are packed without padding.</summary>
public enum PixelFormat
{
    /// <summary>uint8 [height, width, 3], red first: what <see cref="VideoFrame.Pixels"/> holds.</summary>
    Rgb24,

    /// <summary>uint8 [height, width, 4], blue first, alpha 255: what most windows and textures take.</summary>
    Bgra32,

    /// <summary>
    /// What most video encoders take: luma, uint8 [height, width], then the two colour differences, uint8 [(height + 1) / 2, (width + 1) / 2, 2],
    /// Cb first, each for the mean of four pixels. BT.709, limited range (luma 16 to 235), as in the videos that are written here.
    /// </summary>
    Nv12,
}

namespace Moda.Runtime.Imaging;

/// <summary>One frame of a clip.</summary>
/// <param name="Index">0 for the first.</param>
/// <param name="Timestamp">When it is shown, from the clip's start.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">uint8 [height, width, 3], red first. The method that gives the frame says how long it stays valid.</param>
public readonly record struct VideoFrame(int Index, TimeSpan Timestamp, int Width, int Height, ReadOnlyMemory<byte> Pixels)
{
    /// <summary>A frame with pixels of its own, which stay valid for ever.</summary>
    public VideoFrame Copy() => this with { Pixels = Pixels.ToArray() };
}

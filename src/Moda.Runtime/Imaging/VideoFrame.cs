namespace Moda.Runtime.Imaging;

/// <summary>One frame of a clip.</summary>
/// <param name="Index">The frame's index, from 0.</param>
/// <param name="Timestamp">The time at which the frame is shown, from the clip's start.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Pixels">uint8 [height, width, 3], in RGB order. The method that returns the frame documents how long they stay valid.</param>
public readonly record struct VideoFrame(int Index, TimeSpan Timestamp, int Width, int Height, ReadOnlyMemory<byte> Pixels)
{
    /// <summary>Copies the frame. The copy has its own pixels and stays valid.</summary>
    public VideoFrame Copy() => this with { Pixels = Pixels.ToArray() };
}

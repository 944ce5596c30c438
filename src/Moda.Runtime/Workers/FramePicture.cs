namespace Moda.Runtime.Workers;

/// <summary>A frame of a video as the picture of one frame of a clip.</summary>
/// <param name="Timestamp">When it is shown, from the clip's start.</param>
/// <param name="Pixels">[height, width, 3]: its pixels; the finished frame afterwards.</param>
internal sealed record FramePicture(TimeSpan Timestamp, byte[] Pixels);

using Moda.Runtime.Imaging;

namespace Moda.Runtime;

/// <summary>A frame of a live session.</summary>
/// <param name="Image">
/// The frame. Its pixels are valid until the next frame is asked for; its timestamp counts from the session's first frame.
/// </param>
/// <param name="AudioPosition">
/// The first sample that is heard with this frame, counted over all that was written to the session; null where nobody speaks.
/// </param>
public readonly record struct LiveFrame(VideoFrame Image, long? AudioPosition);

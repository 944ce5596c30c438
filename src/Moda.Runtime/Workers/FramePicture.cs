namespace Moda.Runtime.Workers;

/// <summary>A frame of a video as the picture of one frame of a clip. Whoever holds it holds a lease of its portrait.</summary>
/// <param name="Timestamp">When it is shown, from the clip's start.</param>
/// <param name="Pixels">[height, width, 3]: its pixels; the finished frame afterwards.</param>
/// <param name="Portrait">Its face; null where there is none, so that it is shown as it is.</param>
internal sealed record FramePicture(TimeSpan Timestamp, byte[] Pixels, LoadedPortrait? Portrait)
{
    /// <summary>Ends the lease.</summary>
    public void Release() => Portrait?.Release();
}

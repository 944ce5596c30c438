namespace Moda.Runtime.Media;

/// <summary>The form of a video that is written into a stream.</summary>
public enum StreamContainer
{
    /// <summary>Fragmented MP4 with H.264 and AAC, with a fragment every 0.2 s. Browsers can play it while it arrives. It needs ffmpeg.</summary>
    FragmentedMp4,

    /// <summary>Uncompressed YUV4MPEG2 with frames only. It needs no ffmpeg.</summary>
    Y4m,
}

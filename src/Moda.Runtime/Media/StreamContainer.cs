namespace Moda.Runtime.Media;

/// <summary>What a video that is written into a stream looks like.</summary>
public enum StreamContainer
{
    /// <summary>Fragmented MP4 with H.264 and AAC, a fragment each 0.2 s: browsers play it while it comes. Needs ffmpeg.</summary>
    FragmentedMp4,

    /// <summary>Uncompressed YUV4MPEG2, frames only. Needs nothing.</summary>
    Y4m,
}

using Moda.Runtime.Media;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>A video in memory.</summary>
/// <param name="Data">The video file.</param>
/// <param name="Summary">What it is.</param>
public sealed record TalkingHeadVideo(ReadOnlyMemory<byte> Data, TalkingHeadVideoSummary Summary);

/// <summary>What a video is.</summary>
/// <param name="Format">Size and rate of its frames.</param>
/// <param name="FrameCount">How many frames it has.</param>
/// <param name="MediaType">As in a Content-Type header: <c>video/mp4</c> or <c>video/x-yuv4mpeg</c>.</param>
public sealed record TalkingHeadVideoSummary(VideoFormat Format, int FrameCount, string MediaType)
{
    /// <summary>How long its frames last.</summary>
    public TimeSpan Duration => Format.TimestampOf(FrameCount);
}

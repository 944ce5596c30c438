namespace Moda.Runtime.Processes;

/// <summary>
/// The formats that ffmpeg may read: audio and video containers in files. Playlists and scripts are excluded, because they name other
/// files.
/// </summary>
internal static class MediaContainers
{
    private const string Names =
        "aa,aac,aax,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,dtshd,dv,eac3,flac,flv,gsm,iff,loas,m4v,matroska,webm,mlp,mov,mp4,"
        + "m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,mxf,nut,ogg,oma,rm,sox,tak,truehd,tta,voc,w64,wav,wsd,wtv,wv,xwma";

    /// <summary>Arguments before an input. They forbid network access, other files, and other formats.</summary>
    public static IReadOnlyList<string> Only { get; } = ["-protocol_whitelist", "file", "-format_whitelist", Names];

    /// <summary>Whether ffmpeg refused a file because of its format.</summary>
    public static bool WasRefused(FfmpegException error) => error.StandardError.Contains("not on whitelist", StringComparison.OrdinalIgnoreCase);
}

using Moda.Runtime.Faces;
using Moda.Runtime.Media;
using Moda.Runtime.Options;

namespace Moda.Runtime.Videos;

/// <summary>A video whose face was followed. Its frames are read any number of times.</summary>
internal interface IFaceVideo
{
    /// <summary>Its frames: size, rate, and whether they have times of their own.</summary>
    VideoFormat Format { get; }

    /// <summary>When the frames are shown, from the first on; one or more.</summary>
    IReadOnlyList<TimeSpan> Times { get; }

    /// <summary>How faces are framed.</summary>
    PortraitOptions Framing { get; }

    /// <summary>Reads the frames from the first on.</summary>
    /// <param name="rent">Gives the buffer that the next frame is read into, [height, width, 3].</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="VideoFileException">The file has changed since its face was followed.</exception>
    IAsyncEnumerable<VideoPicture> ReadAsync(Func<byte[]> rent, CancellationToken cancellationToken);
}

/// <summary>A frame of a video.</summary>
/// <param name="Pixels">[height, width, 3].</param>
/// <param name="Landmarks">Its face's, in its pixels; null where there is none.</param>
internal readonly record struct VideoPicture(byte[] Pixels, FaceLandmarks? Landmarks);

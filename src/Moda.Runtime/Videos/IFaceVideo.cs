using Moda.Runtime.Faces;
using Moda.Runtime.Media;
using Moda.Runtime.Options;

namespace Moda.Runtime.Videos;

/// <summary>A video whose faces were followed. Its frames are read any number of times.</summary>
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
    /// <exception cref="VideoFileException">The file has changed since its faces were followed.</exception>
    IAsyncEnumerable<VideoPicture> ReadAsync(Func<byte[]> rent, CancellationToken cancellationToken);
}

/// <summary>A frame of a video.</summary>
/// <param name="Pixels">[height, width, 3].</param>
/// <param name="Faces">
/// The landmarks of each followed face, in its pixels; null for a face that is not in the frame. Faces that are first seen later on may be
/// missing at the end.
/// </param>
internal readonly record struct VideoPicture(byte[] Pixels, IReadOnlyList<FaceLandmarks?> Faces)
{
    /// <summary>The landmarks of the first face, in its pixels; null where it is not in the frame.</summary>
    public FaceLandmarks? Landmarks => Faces.Count > 0 ? Faces[0] : null;
}

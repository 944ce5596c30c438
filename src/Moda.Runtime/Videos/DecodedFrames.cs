using Moda.Runtime.Faces;

namespace Moda.Runtime.Videos;

/// <summary>A frame of a video as it was decoded.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Pixels">[height, width, 3].</param>
/// <param name="Faces">Its faces.</param>
internal readonly record struct DecodedFrame(int Index, byte[] Pixels, IReadOnlyList<CutFace> Faces);

/// <summary>A face of a frame.</summary>
/// <param name="Number">Its place among the faces that were followed.</param>
/// <param name="Portrait">The face, as soon as it is cut out.</param>
internal readonly record struct CutFace(int Number, Task<Portrait> Portrait);

/// <summary>
/// Decodes the frames of a video that was followed and cuts their faces out, a piece ahead of whoever takes them. One thread at a time.
/// </summary>
internal sealed class DecodedFrames : IAsyncDisposable
{
    private readonly IFaceVideo video;
    private readonly IAsyncEnumerator<VideoPicture> pictures;
    private readonly FaceCutter cutter;
    private readonly Func<byte[]> rent;
    private readonly int count;
    private readonly int pieceLength;
    private VideoPicture? last;
    private Task<IReadOnlyList<DecodedFrame>> ahead;
    private int decoded;

    /// <summary>Begins to decode.</summary>
    /// <param name="video">The video.</param>
    /// <param name="cutter">Cuts the faces out.</param>
    /// <param name="count">How many frames are wanted; behind the video's own its last one goes on.</param>
    /// <param name="pieceLength">Frames of a piece.</param>
    /// <param name="rent">Gives a buffer for a frame, which goes with it.</param>
    /// <param name="cancellationToken">Ends it, also later on.</param>
    public DecodedFrames(IFaceVideo video, FaceCutter cutter, int count, int pieceLength, Func<byte[]> rent, CancellationToken cancellationToken)
    {
        this.video = video;
        this.cutter = cutter;
        this.count = count;
        this.pieceLength = pieceLength;
        this.rent = rent;
        pictures = video.ReadAsync(rent, cancellationToken).GetAsyncEnumerator(cancellationToken);
        ahead = ReadPieceAsync(cancellationToken);
    }

    /// <summary>Takes the next piece, and begins the one behind it.</summary>
    /// <param name="cancellationToken">The one that ends the decoding.</param>
    /// <returns>The frames; none behind the last one.</returns>
    /// <exception cref="Media.VideoFileException">The file has changed since it was prepared, or cannot be read.</exception>
    public async Task<IReadOnlyList<DecodedFrame>> NextAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DecodedFrame> piece = await ahead.ConfigureAwait(false);
        ahead = ReadPieceAsync(cancellationToken);
        return piece;
    }

    /// <summary>Ends the decoding.</summary>
    public async ValueTask DisposeAsync()
    {
        await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await pictures.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<DecodedFrame>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        var piece = new List<DecodedFrame>(pieceLength);
        while (piece.Count < pieceLength && decoded < count)
        {
            (byte[] pixels, IReadOnlyList<FaceLandmarks?> faces) = await ReadAsync().ConfigureAwait(false);

            // Faces are cut out while the next frames are decoded.
            CutFace[] cut =
            [
                .. from face in faces.Index()
                   where face.Item is not null
                   select new CutFace(face.Index, Task.Run(() => cutter.Cut(pixels, face.Item), cancellationToken)),
            ];
            piece.Add(new DecodedFrame(decoded++, pixels, cut));
        }

        return piece;
    }

    // The result may go on behind the video: so does its last frame.
    private async Task<VideoPicture> ReadAsync()
    {
        if (last is not { } frame)
        {
            if (!await pictures.MoveNextAsync().ConfigureAwait(false))
            {
                throw new InvalidOperationException($"The video ended after {decoded} of {video.Times.Count} frames.");
            }

            if (decoded == video.Times.Count - 1 && decoded < count - 1)
            {
                last = pictures.Current with { Pixels = [.. pictures.Current.Pixels] };
            }

            return pictures.Current;
        }

        byte[] pixels = rent();
        frame.Pixels.CopyTo(pixels, 0);
        return frame with { Pixels = pixels };
    }
}

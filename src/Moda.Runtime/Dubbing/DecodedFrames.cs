using Moda.Runtime.Faces;
using Moda.Runtime.Media;

namespace Moda.Runtime.Dubbing;

/// <summary>A frame of a video as it was decoded.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Pixels">[height, width, 3].</param>
/// <param name="Face">Its face, as soon as it is cut out; null where there is none.</param>
internal readonly record struct DecodedFrame(int Index, byte[] Pixels, Task<Portrait>? Face);

/// <summary>
/// Decodes the frames of a video that was followed and cuts their faces out, a piece ahead of whoever takes them. One thread at a time.
/// </summary>
internal sealed class DecodedFrames : IAsyncDisposable
{
    private readonly LoadedVideo video;
    private readonly VideoReader reader;
    private readonly IAsyncEnumerator<FaceLandmarks?> track;
    private readonly FaceCutter cutter;
    private readonly Func<byte[]> rent;
    private readonly int count;
    private readonly int pieceLength;
    private (byte[] Pixels, FaceLandmarks? Landmarks)? last;
    private Task<IReadOnlyList<DecodedFrame>> ahead;
    private int decoded;

    private DecodedFrames(
        LoadedVideo video, VideoReader reader, FaceCutter cutter, int count, int pieceLength, Func<byte[]> rent, CancellationToken cancellationToken)
    {
        this.video = video;
        this.reader = reader;
        this.cutter = cutter;
        this.count = count;
        this.pieceLength = pieceLength;
        this.rent = rent;
        track = video.Track.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        ahead = ReadPieceAsync(cancellationToken);
    }

    /// <summary>Begins to decode.</summary>
    /// <param name="video">The video.</param>
    /// <param name="cutter">Cuts the faces out.</param>
    /// <param name="count">How many frames are wanted; behind the video's own its last one goes on.</param>
    /// <param name="pieceLength">Frames of a piece.</param>
    /// <param name="rent">Gives a buffer for a frame, which goes with it.</param>
    /// <param name="cancellationToken">Ends it, also later on.</param>
    /// <returns>The frames; the caller disposes them.</returns>
    /// <exception cref="VideoFileException">The file has changed since it was prepared.</exception>
    public static async Task<DecodedFrames> OpenAsync(
        LoadedVideo video, FaceCutter cutter, int count, int pieceLength, Func<byte[]> rent, CancellationToken cancellationToken)
    {
        VideoReader reader = await VideoReader.OpenAsync(video.Path, video.Ffmpeg, cancellationToken).ConfigureAwait(false);
        if (reader.Width == video.Format.Width && reader.Height == video.Format.Height)
        {
            return new DecodedFrames(video, reader, cutter, count, pieceLength, rent, cancellationToken);
        }

        await reader.DisposeAsync().ConfigureAwait(false);
        throw Changed(video);
    }

    /// <summary>Takes the next piece, and begins the one behind it.</summary>
    /// <param name="cancellationToken">The one that ends the decoding.</param>
    /// <returns>The frames; none behind the last one.</returns>
    /// <exception cref="VideoFileException">The file has changed since it was prepared, or cannot be read.</exception>
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
        await track.DisposeAsync().ConfigureAwait(false);
        await reader.DisposeAsync().ConfigureAwait(false);
    }

    private static VideoFileException Changed(LoadedVideo video) => new(video.Path, "it has changed since it was prepared. Prepare it again.");

    private async Task<IReadOnlyList<DecodedFrame>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        var piece = new List<DecodedFrame>(pieceLength);
        while (piece.Count < pieceLength && decoded < count)
        {
            byte[] pixels = rent();
            FaceLandmarks? landmarks = await ReadAsync(pixels, cancellationToken).ConfigureAwait(false);

            // Faces are cut out while the next frames are decoded.
            Task<Portrait>? face = landmarks is null ? null : Task.Run(() => cutter.Cut(pixels, landmarks), cancellationToken);
            piece.Add(new DecodedFrame(decoded++, pixels, face));
        }

        return piece;
    }

    private async Task<FaceLandmarks?> ReadAsync(byte[] pixels, CancellationToken cancellationToken)
    {
        if (last is { } frame)
        {
            // The voice goes on behind the video: so does its last frame.
            frame.Pixels.CopyTo(pixels, 0);
            return frame.Landmarks;
        }

        if (!await track.MoveNextAsync().ConfigureAwait(false) || await reader.ReadAsync(pixels, cancellationToken).ConfigureAwait(false) is null)
        {
            throw Changed(video);
        }

        if (decoded == video.Track.Times.Count - 1 && decoded < count - 1)
        {
            last = ([.. pixels], track.Current);
        }

        return track.Current;
    }
}

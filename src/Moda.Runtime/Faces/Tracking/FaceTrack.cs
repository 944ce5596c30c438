using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Runtime.Files;
using Moda.Runtime.Media;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// The landmarks of a face in each frame of a video. The times are kept in memory (8 bytes for each frame), and the landmarks in a
/// temporary file, so that memory grows little with the length of the video.
/// </summary>
/// <remarks>One thread writes the track. After that, several threads may read it at once.</remarks>
internal sealed class FaceTrack : IDisposable
{
    private const int CountBytes = sizeof(int);

    private readonly string video;
    private readonly SpoolFile file;
    private readonly List<TimeSpan> times = [];
    private byte[] record = [];
    private long written;

    /// <summary>Creates the temporary file.</summary>
    /// <param name="video">The video's name, for messages.</param>
    /// <exception cref="VideoFileException">The folder for temporary files cannot be written to.</exception>
    public FaceTrack(string video)
    {
        this.video = video;
        file = SpoolFile.Create(new SpoolKind("face track", (message, cause) => new VideoFileException(video, message, cause)));
    }

    /// <summary>The times of the frames, from the first frame.</summary>
    public IReadOnlyList<TimeSpan> Times => times;

    /// <summary>The number of frames without a face.</summary>
    public int FramesWithoutFace { get; private set; }

    /// <summary>The index of the first frame with a face; null when there is none.</summary>
    public int? FirstFace { get; private set; }

    /// <summary>Adds the next frame.</summary>
    /// <param name="time">The time at which the frame is shown.</param>
    /// <param name="landmarks">The landmarks of the face; null when there is no face.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="VideoFileException">The disk is full.</exception>
    public async ValueTask AddAsync(TimeSpan time, FaceLandmarks? landmarks, CancellationToken cancellationToken)
    {
        int count = landmarks?.Points.Length ?? 0;
        FirstFace ??= count > 0 ? times.Count : null;
        FramesWithoutFace += count == 0 ? 1 : 0;
        times.Add(time);
        await file.WriteAsync(Encode(landmarks, count), cancellationToken).ConfigureAwait(false);
        written += CountBytes + PointBytes(count);
    }

    /// <summary>Reads the landmarks of all frames, in order.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The landmarks of each frame; null for a frame without a face.</returns>
    public async IAsyncEnumerable<FaceLandmarks?> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] counted = new byte[CountBytes];
        byte[] points = [];
        for (long offset = 0; offset < written;)
        {
            await FillAsync(counted, offset, cancellationToken).ConfigureAwait(false);
            int count = BitConverter.ToInt32(counted);
            offset += CountBytes;
            if (count == 0)
            {
                yield return null;
                continue;
            }

            Array.Resize(ref points, PointBytes(count));
            await FillAsync(points, offset, cancellationToken).ConfigureAwait(false);
            offset += points.Length;
            yield return new FaceLandmarks(MemoryMarshal.Cast<byte, Vector2>(points.AsSpan()));
        }
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => file.Dispose();

    private static int PointBytes(int count) => count * 2 * sizeof(float);

    private ReadOnlyMemory<byte> Encode(FaceLandmarks? landmarks, int count)
    {
        int length = CountBytes + PointBytes(count);
        if (record.Length < length)
        {
            record = new byte[length];
        }

        BitConverter.TryWriteBytes(record, count);
        if (landmarks is not null)
        {
            MemoryMarshal.AsBytes(landmarks.Points).CopyTo(record.AsSpan(CountBytes));
        }

        return record.AsMemory(0, length);
    }

    private async ValueTask FillAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (await file.ReadAsync(destination, offset, cancellationToken).ConfigureAwait(false) != destination.Length)
        {
            throw new VideoFileException(video, $"what was found out about it, '{file.Path}', has become shorter while it was read. Prepare it again.");
        }
    }
}

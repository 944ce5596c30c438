using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Runtime.Files;
using Moda.Runtime.Media;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// Where a face is in each frame of a video. The times are kept in memory (8 bytes a frame), the landmarks in a temporary file, so that
/// memory hardly grows with the video's length.
/// </summary>
/// <remarks>Written once, by one thread; then read by any number of them.</remarks>
internal sealed class FaceTrack : IDisposable
{
    private const int CountBytes = sizeof(int);

    private readonly string video;
    private readonly SpoolFile file;
    private readonly List<TimeSpan> times = [];
    private byte[] record = [];
    private long written;

    /// <summary>Makes the temporary file.</summary>
    /// <param name="video">The video's name, for messages.</param>
    /// <exception cref="VideoFileException">The folder for temporary files cannot be written to.</exception>
    public FaceTrack(string video)
    {
        this.video = video;
        file = SpoolFile.Create(new SpoolKind("face track", (message, cause) => new VideoFileException(video, message, cause)));
    }

    /// <summary>When the frames are shown, from the first on.</summary>
    public IReadOnlyList<TimeSpan> Times => times;

    /// <summary>Frames without a face.</summary>
    public int FramesWithoutFace { get; private set; }

    /// <summary>The first frame with a face; null where there is none.</summary>
    public int? FirstFace { get; private set; }

    /// <summary>Adds the next frame.</summary>
    /// <param name="time">When it is shown.</param>
    /// <param name="landmarks">Its face's; null where there is none.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
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

    /// <summary>Reads the frames from the first on.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>For each frame its landmarks; null where there is no face.</returns>
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

    /// <summary>Removes the temporary file.</summary>
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

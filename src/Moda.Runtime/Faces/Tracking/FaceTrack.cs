using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Runtime.Files;
using Moda.Runtime.Media;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// The landmarks of one or several faces in each frame of a video. The times are kept in memory (8 bytes for each frame), and the landmarks
/// in a temporary file, so that memory grows little with the length of the video.
/// </summary>
/// <remarks>One thread writes the track. After that, several threads may read it at once.</remarks>
internal sealed class FaceTrack : IDisposable
{
    private const int CountBytes = sizeof(int);

    private readonly string video;
    private readonly SpoolFile file;
    private readonly List<TimeSpan> times = [];
    private byte[] record = new byte[CountBytes];
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

    /// <summary>The number of frames without any face.</summary>
    public int FramesWithoutFace { get; private set; }

    /// <summary>Adds the next frame.</summary>
    /// <param name="time">The time at which the frame is shown.</param>
    /// <param name="faces">The landmarks of each face; null for a face that is not in the frame.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="VideoFileException">The disk is full.</exception>
    public async ValueTask AddAsync(TimeSpan time, IReadOnlyList<FaceLandmarks?> faces, CancellationToken cancellationToken)
    {
        FramesWithoutFace += faces.All(face => face is null) ? 1 : 0;
        times.Add(time);
        int length = Encode(faces);
        await file.WriteAsync(record.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        written += length;
    }

    /// <summary>Reads the landmarks of all frames, in order.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The landmarks of each face, as they were added.</returns>
    public async IAsyncEnumerable<IReadOnlyList<FaceLandmarks?>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] counted = new byte[CountBytes];
        byte[] points = [];
        for (long offset = 0; offset < written;)
        {
            var faces = new FaceLandmarks?[await CountAsync().ConfigureAwait(false)];
            for (int face = 0; face < faces.Length; face++)
            {
                int count = await CountAsync().ConfigureAwait(false);
                if (count > 0)
                {
                    Array.Resize(ref points, PointBytes(count));
                    await FillAsync(points, offset, cancellationToken).ConfigureAwait(false);
                    offset += points.Length;
                    faces[face] = new FaceLandmarks(MemoryMarshal.Cast<byte, Vector2>(points.AsSpan()));
                }
            }

            yield return faces;

            async ValueTask<int> CountAsync()
            {
                await FillAsync(counted, offset, cancellationToken).ConfigureAwait(false);
                offset += CountBytes;
                return BitConverter.ToInt32(counted);
            }
        }
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => file.Dispose();

    private static int PointBytes(int count) => count * 2 * sizeof(float);

    // The number of faces, and for each face the number of its points and the points.
    private int Encode(IReadOnlyList<FaceLandmarks?> faces)
    {
        int length = CountBytes + faces.Sum(face => CountBytes + PointBytes(face?.Points.Length ?? 0));
        if (record.Length < length)
        {
            record = new byte[length];
        }

        BitConverter.TryWriteBytes(record, faces.Count);
        int offset = CountBytes;
        foreach (FaceLandmarks? face in faces)
        {
            ReadOnlySpan<Vector2> points = face is null ? default : face.Points;
            BitConverter.TryWriteBytes(record.AsSpan(offset), points.Length);
            MemoryMarshal.AsBytes(points).CopyTo(record.AsSpan(offset + CountBytes));
            offset += CountBytes + PointBytes(points.Length);
        }

        return length;
    }

    private async ValueTask FillAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (await file.ReadAsync(destination, offset, cancellationToken).ConfigureAwait(false) != destination.Length)
        {
            throw new VideoFileException(video, $"what was found out about it, '{file.Path}', has become shorter while it was read. Prepare it again.");
        }
    }
}

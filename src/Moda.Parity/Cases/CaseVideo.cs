using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Videos;

namespace Moda.Parity.Cases;

/// <summary>The frames of a case, with 203 landmarks of the face in each, as a video of 25 frames a second.</summary>
internal sealed class CaseVideo : IFaceVideo
{
    private readonly byte[][] frames;
    private readonly FaceLandmarks[] landmarks;

    /// <summary>Reads <c>frames</c>, [n, height, width, 3], and <c>frame_landmarks203</c>, [n, 203, 2].</summary>
    public CaseVideo(ReferenceCase reference)
    {
        HostTensor images = reference.Input("frames");
        HostTensor points = reference.Input("frame_landmarks203");
        int count = images.Extents[0];
        int length = images.Values.Length / count;
        Format = new VideoFormat(images.Extents[2], images.Extents[1], GenerationOptions.FramesPerSecond);
        Times = [.. Enumerable.Range(0, count).Select(Format.TimestampOf)];
        frames = [.. Enumerable.Range(0, count).Select(frame => Array.ConvertAll(images.Values[(frame * length)..((frame + 1) * length)], value => (byte)value))];
        landmarks = [.. Enumerable.Range(0, count).Select(frame => new FaceLandmarks(
            MemoryMarshal.Cast<float, Vector2>(points.Values).Slice(frame * FaceOpenness.LandmarkCount, FaceOpenness.LandmarkCount)))];
    }

    /// <inheritdoc/>
    public VideoFormat Format { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan> Times { get; }

    /// <inheritdoc/>
    public PortraitOptions Framing { get; } = new() { Border = BorderMode.Black };

    /// <summary>A frame's landmarks, in its pixels.</summary>
    public FaceLandmarks Landmarks(int frame) => landmarks[frame];

    /// <summary>A frame as a picture.</summary>
    public RgbImage Picture(int frame) => new(Format.Width, Format.Height, frames[frame]);

    /// <summary>A frame as a portrait.</summary>
    public Portrait Face(int frame) => Portrait.OfFrame(Picture(frame), landmarks[frame], Framing);

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoPicture> ReadAsync(Func<byte[]> rent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int frame = 0; frame < frames.Length; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] pixels = rent();
            frames[frame].CopyTo(pixels, 0);
            yield return new VideoPicture(pixels, [landmarks[frame]]);

            // Nothing is waited for: the frames are in memory.
            await Task.CompletedTask.ConfigureAwait(false);
        }
    }
}

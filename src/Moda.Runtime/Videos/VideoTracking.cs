using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;
using Moda.Runtime.Progress;

namespace Moda.Runtime.Videos;

/// <summary>The first pass over a video: finds the faces of each frame and when it is shown.</summary>
internal static class VideoTracking
{
    /// <summary>How far times may lie from those of the rate: containers round them, and so does the way from ffmpeg.</summary>
    private const double RoundingMilliseconds = 2.1;

    /// <summary>Follows one or several faces through a video.</summary>
    /// <param name="path">The file.</param>
    /// <param name="find">Finds the faces of the next frame.</param>
    /// <param name="framing">How faces are framed later on.</param>
    /// <param name="progress">Told after each frame; null where nobody is told.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was found, and for each face its first frame; null for a face that no frame has.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VideoFileException">It is no video, holds no frames, or ends early.</exception>
    /// <exception cref="FaceNotFoundException">No frame has a face.</exception>
    public static async Task<(LoadedVideo Video, IReadOnlyList<Portrait?> Faces)> RunAsync(
        string path,
        Func<RgbImage, CancellationToken, Task<IReadOnlyList<FaceLandmarks?>>> find,
        PortraitOptions framing,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        Ffmpeg ffmpeg = Ffmpeg.Locate();
        VideoReader reader = await VideoReader.OpenAsync(path, ffmpeg, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var track = new FaceTrack(path);
            try
            {
                IReadOnlyList<Portrait?> faces = await FollowAsync(reader, track, find, framing, progress, cancellationToken).ConfigureAwait(false);
                VideoFormat format = reader.Format with { HasOwnTimes = !IsSteady(track.Times, reader.NominalRate) };
                return faces.Any(face => face is not null)
                    ? (new LoadedVideo(path, ffmpeg, track, format, reader.Start, framing), faces)
                    : throw NoFace(path, track);
            }
            catch
            {
                track.Dispose();
                throw;
            }
        }
    }

    // The next frame is decoded while the faces of one are found.
    private static async Task<IReadOnlyList<Portrait?>> FollowAsync(
        VideoReader reader,
        FaceTrack track,
        Func<RgbImage, CancellationToken, Task<IReadOnlyList<FaceLandmarks?>>> find,
        PortraitOptions framing,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        var frame = new RgbImage(reader.Width, reader.Height);
        var next = new RgbImage(reader.Width, reader.Height);
        var first = new List<Portrait?>();
        Task<TimeSpan?> ahead = ReadAsync(next);
        try
        {
            while (await ahead.ConfigureAwait(false) is { } time)
            {
                (frame, next) = (next, frame);
                ahead = ReadAsync(next);
                IReadOnlyList<FaceLandmarks?> faces = await find(frame, cancellationToken).ConfigureAwait(false);
                await track.AddAsync(time, faces, cancellationToken).ConfigureAwait(false);
                if (Meet(first, faces, landmarks => Portrait.OfFrame(frame, landmarks, framing)))
                {
                    // The portraits keep the frame.
                    frame = new RgbImage(reader.Width, reader.Height);
                }

                progress?.Report(new GenerationProgress(GenerationStage.TrackingFace, track.Times.Count, 0));
            }

            return first;
        }
        finally
        {
            // Nothing is read from a reader that is disposed.
            await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<TimeSpan?> ReadAsync(RgbImage image) => reader.ReadAsync(image.Pixels, cancellationToken).AsTask();
    }

    // Makes portraits of faces that are seen for the first time. Returns whether there were any.
    private static bool Meet(List<Portrait?> first, IReadOnlyList<FaceLandmarks?> faces, Func<FaceLandmarks, Portrait> create)
    {
        bool met = false;
        for (int face = 0; face < faces.Count; face++)
        {
            if (face == first.Count)
            {
                first.Add(null);
            }

            if (first[face] is null && faces[face] is { } landmarks)
            {
                first[face] = create(landmarks);
                met = true;
            }
        }

        return met;
    }

    private static FaceNotFoundException NoFace(string path, FaceTrack track) => new(
        $"No face was found in any of the {track.Times.Count} frames of video '{path}'. A face seen from the front, upright, and at least a "
        + "twelfth of the picture's height is found best.");

    // Whether frames are shown as the rate says, one after the other.
    private static bool IsSteady(IReadOnlyList<TimeSpan> times, FrameRate rate)
    {
        for (int frame = 0; frame < times.Count; frame++)
        {
            if (Math.Abs((times[frame] - rate.TimestampOf(frame)).TotalMilliseconds) > RoundingMilliseconds)
            {
                return false;
            }
        }

        return true;
    }
}

using System.Globalization;
using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Parity.Cases;

/// <summary>Drives the lips of a case's video by a voice's motion, and keeps what the engine found out about each frame.</summary>
internal sealed class CaseLips : IVideoDriver
{
    private readonly CaseVideo video;
    private readonly VideoLips lips;
    private readonly List<MotionTemplate> sources = [];
    private readonly List<float> keypoints = [];
    private readonly List<float> cropToImage = [];
    private readonly List<float> landmarksInCrop = [];
    private readonly Dictionary<string, HostTensor> crops = [];

    /// <summary>Takes the lips of the motion.</summary>
    public CaseLips(CaseVideo video, MotionSequence voice, DrivingOptions options, IStitching stitching)
    {
        this.video = video;
        lips = VideoLips.At(voice, video.Times, options, stitching);
    }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => lips.ByteLength;

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan>? FrameTimes => video.Times;

    /// <summary>The motion of all frames, once they are driven.</summary>
    public MotionTemplate Source => MotionTemplate.Join(sources, GenerationOptions.FramesPerSecond);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TimeSpan>> BeginAsync(ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult(video.Times);

    /// <inheritdoc/>
    public ReadOnlyMemory<float> Drive(int frame, int face, LoadedPortrait portrait, FaceLandmarks landmarks)
    {
        FaceCrop crop = portrait.Portrait.Crop;
        sources.Add(portrait.Source.ToTemplate(landmarks.Points));
        cropToImage.AddRange(crop.CropToImage.ToMatrix3x3());
        crops[string.Create(CultureInfo.InvariantCulture, $"crop256.{frame}")] = crop.ToNetworkInput().ToHostTensor();
        foreach (Vector2 point in landmarks.Points)
        {
            // The reference looks for landmarks in the crop once more, and halves them with it. In the case these are the frame's own.
            landmarksInCrop.AddRange([point.X / 2, point.Y / 2]);
        }

        ReadOnlyMemory<float> driven = lips.Drive(frame, portrait.Source, landmarks.Points);
        keypoints.AddRange(driven.Span);
        return driven;
    }

    /// <summary>What was found out, by the names that the case gives it.</summary>
    public Dictionary<string, HostTensor> ToOutputs()
    {
        int frames = sources.Count;
        return new Dictionary<string, HostTensor>(crops.Concat(MotionInputs.ToOutputs(Source, "source.")))
        {
            ["x_d.default"] = new([.. keypoints], [frames, MotionLayout.KeypointCount, 3]),
            ["M_c2o"] = new([.. cropToImage], [frames, 3, 3]),
            ["lmk_crop256"] = new([.. landmarksInCrop], [frames, FaceOpenness.LandmarkCount, 2]),
        };
    }
}

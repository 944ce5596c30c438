using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>Drives a portrait by the motion of one clip: its keypoints are computed on the motion worker, piece by piece.</summary>
internal sealed class DrivenPortrait
{
    private readonly SessionContext context;
    private readonly LoadedPortrait portrait;
    private readonly GenerationOptions options;
    private readonly StageTimes times;
    private readonly KeypointDriver driver;
    private PortraitAnimation animation = null!;

    /// <summary>Prepares it.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="options">How it is driven.</param>
    /// <param name="times">Where the stages are timed.</param>
    /// <exception cref="ArgumentException">The options need what the weights lack.</exception>
    public DrivenPortrait(SessionContext context, LoadedPortrait portrait, GenerationOptions options, StageTimes times)
    {
        this.context = context;
        this.portrait = portrait;
        this.options = options;
        this.times = times;
        driver = new KeypointDriver(options.Driving, context.Stitching);
    }

    /// <summary>Whether the motion is needed in one piece. The Kalman smoother looks ahead; an observer receives each value once.</summary>
    public bool NeedsWholeMotion => driver.NeedsWholeMotion || options.Observer is not null;

    /// <summary>Begins, before the first piece.</summary>
    /// <param name="isPhoto">Whether the motion is that of a single picture.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task BeginAsync(bool isPhoto, CancellationToken cancellationToken)
    {
        options.Observer?.ReceiveSourceKeypoints(portrait.KeypointsInImage);
        animation = await context.OnMotionWorkerAsync(
            (_, _) => driver.Begin(portrait.Source, portrait.OpeningLandmarks, isPhoto), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the frames of a piece of motion.</summary>
    /// <param name="drive">Drives the animation by the piece.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<DrivenFrame>> DriveAsync(Func<PortraitAnimation, DrivingKeypoints> drive, CancellationToken cancellationToken)
    {
        DrivingKeypoints driving = await context.OnMotionWorkerAsync(
            (_, _) =>
            {
                using StageTimes.Measurement measurement = times.Measure(GenerationStage.GeneratingMotion);
                return drive(animation);
            },
            cancellationToken).ConfigureAwait(false);
        options.Observer?.ReceiveDrivingKeypoints(driving.Values);
        return DrivenFrame.Each(portrait, driving);
    }
}

using System.Globalization;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Progress;
using Moda.Web.Configuration;
using Moda.Web.Jobs;

namespace Moda.Web.Api;

/// <summary>Describes jobs to clients: what is kept of them, and how far they are.</summary>
internal sealed class VideoDescriptions(JobBoard board, ITalkingHeadClient client, IOptions<ServiceOptions> options)
{
    private readonly string model = client.GetService<TalkingHeadClientMetadata>()!.ModelName;

    /// <summary>Describes a job.</summary>
    public VideoResource Describe(VideoJob job)
    {
        JobProgress now = job.Status is JobStatus.Queued or JobStatus.InProgress && board.Find(job.Id) is { } active ? active.Look() : default;
        bool isAtWork = job.Status == JobStatus.InProgress && now.Stage is >= GenerationStage.TrackingFace;
        return new VideoResource
        {
            Id = job.Id,
            Kind = job.Options.Kind,
            Status = job.Status,
            Progress = job.Status == JobStatus.Completed ? 100 : PercentOf(now),
            Model = model,
            CreatedAt = job.CreatedAt.ToUnixTimeSeconds(),
            StartedAt = job.StartedAt?.ToUnixTimeSeconds(),
            CompletedAt = job.CompletedAt?.ToUnixTimeSeconds(),
            ExpiresAt = options.Value.KeepHours is { } hours ? job.CompletedAt?.AddHours(hours).ToUnixTimeSeconds() : null,
            Seconds = job.Duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            Size = job.Status == JobStatus.Completed ? $"{job.Width}x{job.Height}" : null,
            Error = job.Failure is { } failure ? new VideoError(failure.Code, failure.Message) : null,
            Options = job.Options,
            QueuePosition = job.Status == JobStatus.Queued ? board.PositionOf(job.Id) : null,
            Stage = isAtWork ? JobJson.NameOf(now.Stage!.Value) : null,
            StageFrames = isAtWork ? now.StageFrames : null,
            Frames = job.Status == JobStatus.Completed ? job.Frames : now.Frames,
            TotalFrames = job.Status == JobStatus.Completed ? job.Frames : now.TotalFrames > 0 ? now.TotalFrames : null,
            FramesPerSecond = now.FramesPerSecond > 0 ? Math.Round(now.FramesPerSecond, 1) : null,
            SecondsLeft = now.SecondsLeft is { } left ? Math.Round(left, 1) : null,
        };
    }

    // Its last percent is the finishing of the file.
    private static int PercentOf(JobProgress now) => now.TotalFrames > 0 ? Math.Min(99, 100 * now.Frames / now.TotalFrames) : 0;
}

using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Jobs;

/// <summary>Makes the video of one job: streamed while it is made, then brought to the form that every player and a seek bar like.</summary>
/// <param name="kinds">They make the frames.</param>
/// <param name="options">Whether videos are marked.</param>
internal sealed class VideoMaker(VideoKinds kinds, IOptions<ServiceOptions> options)
{
    /// <summary>Makes it.</summary>
    /// <param name="job">What to make.</param>
    /// <param name="folder">Its files.</param>
    /// <param name="active">Told how far it is, and streamed from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was made; the video lies in the folder.</returns>
    public async Task<TalkingHeadVideoSummary> MakeAsync(VideoJob job, JobFolder folder, ActiveJob active, CancellationToken cancellationToken)
    {
        folder.Clean();
        TalkingHeadVideoSummary summary;
        await using (active.Video)
        {
            var target = new VideoTarget(active.Video, options.Value.MarkGenerated ? GeneratedMark.TagsOf(job.Options.Kind) : null, active);
            summary = await kinds[job.Options.Kind].WriteAsync(folder.Inputs, job.Options, target, cancellationToken);
        }

        await FinishAsync(folder, cancellationToken);
        return summary;
    }

    /// <summary>What a client is told where this has failed; null where it is the service's own fault.</summary>
    /// <param name="error">Why it has failed.</param>
    /// <param name="files">What the client had sent.</param>
    public static JobFailure? Explain(Exception error, InputFiles files) => error switch
    {
        FaceNotFoundException => new JobFailure("no_face", files.Shown(error.Message)),
        FfmpegNotFoundException => new JobFailure("no_ffmpeg", "The service's machine has no ffmpeg, which writes videos."),
        AudioException => new JobFailure("invalid_voice", error.Message),
        VideoFileException video when video.Path == files.Video => new JobFailure("invalid_video", files.Shown(error.Message)),
        VideoFileException video when video.Path == files.Driving => new JobFailure("invalid_driving", files.Shown(error.Message)),
        ApiException problem => new JobFailure(problem.Code, problem.Message),
        _ => null,
    };

    // A fragmented file has no index: players cannot tell how long it is and do not seek well. Frames and sound are copied as they are.
    private static async Task FinishAsync(JobFolder folder, CancellationToken cancellationToken)
    {
        await Ffmpeg.Locate().RunAsync(
            "finishing a video",
            [
                "-i", Ffmpeg.FileArgument(folder.Stream), "-map", "0", "-c", "copy", "-map_metadata", "0", "-fflags", "+bitexact",
                "-movflags", "+faststart+use_metadata_tags", "-f", "mp4", "-y", Ffmpeg.FileArgument(folder.Unfinished),
            ],
            cancellationToken: cancellationToken);
        File.Move(folder.Unfinished, folder.Video, overwrite: true);
    }
}

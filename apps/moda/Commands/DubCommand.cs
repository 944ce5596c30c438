using System.CommandLine;
using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda dub</c>: a video and a voice in, the video with lips that speak the voice out.</summary>
internal static class DubCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var arguments = new DubArguments();
        Command command = RequestCommand.Create(
            "dub",
            "Syncs the lips of a video to a given voice; all else stays as it is.",
            arguments.All,
            (parsed, cancellation) => RunAsync(arguments.Read(parsed), cancellation));
        return command.WithExamples(
            "moda dub --video interview.mp4 --audio translation.wav --out dubbed.mp4",
            "moda dub --video interview.mp4 --audio translation.mp3 --out dubbed.mp4 --weights weights/ --length shortest",
            "moda dub --video lecture.mkv --audio long.wav --out dubbed.mkv --length audio --keep-sound",
            "moda dub --video panel.mov --face left --audio voice.wav --out frames/",
            "moda dub --video interview.mp4 --audio translation.wav --out dubbed.mp4 --emotion happiness --emotion-scale 4",
            "moda dub --video talk.mp4 --out resynced.mp4");
    }

    private static async Task<int> RunAsync(DubRequest request, CancellationToken cancellation)
    {
        // What can be known before weights are read is found out first: the output, the video, the sound.
        string[] inputs = [.. new[] { request.Video, request.Audio }.Where(File.Exists)];
        await using VideoOutput output = await VideoOutput.PrepareAsync(
            request.Out, new VideoOutputOptions { Overwrite = request.Overwrites, Inputs = inputs }, cancellation);
        await VideoFile.CheckAsync(request.Video, cancellation);
        await using SoundTrack sound = await SoundTrack.DecodeAsync(request.Audio, cancellationToken: cancellation);
        using WeightSet weights = EngineStart.OpenWeights(request.Weights, request.Dubbing.Generation.PasteBack);
        using Device device = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
        if (request.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        using var report = new StringWriter();
        await StageProgress.RunAsync(progress => DubAsync(request, weights, device, sound, output, progress, report, cancellation));

        // Standard output may be the video.
        TextWriter summary = VideoOutput.IsStandardOutput(request.Out) ? Console.Error : Console.Out;
        summary.Write(report);
        return ExitCode.Success;
    }

    private static async Task<int> DubAsync(
        DubRequest request,
        WeightSet weights,
        Device device,
        SoundTrack sound,
        VideoOutput output,
        StageProgress progress,
        TextWriter report,
        CancellationToken cancellation)
    {
        var stages = new StageReport(progress);
        long start = Stopwatch.GetTimestamp();
        var options = new EngineOptions { FramesPerBatch = request.BatchSize };
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(weights, device, options, stages, cancellation);
        var summary = new GenerationSummary { Loading = Stopwatch.GetElapsedTime(start), WeightBytes = weights.ByteLength, Subject = "video" };
        summary.Start();
        using PreparedVideo video = await VideoPreparation.PrepareAsync(engine, request.Video, request.Face, stages, cancellation);
        summary.PortraitIsPrepared();
        await using ISampleReader speech = sound.OpenSpeech();
        await using TalkingClip clip = engine.Dub(video, speech, request.Dubbing, stages);
        var beside = new Accompaniment
        {
            Sound = sound,
            FramesOutlastSound = request.Dubbing.Length == DubbingLength.Video,
            StreamsOf = request.Video,
            StreamsStart = video.Start,
            KeepsSoundOfStreams = request.KeepsSound,
        };
        await using IVideoSink sink = await output.OpenAsync(clip.Format, beside, cancellation);
        await summary.WriteFramesAsync(clip, sink, cancellation);
        if (sink.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: {notice}");
        }

        summary.Write(report, request.Out, clip);
        return ExitCode.Success;
    }
}

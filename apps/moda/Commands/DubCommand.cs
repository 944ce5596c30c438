using System.CommandLine;
using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
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
            "moda dub --video choir.mp4 --faces all --audio song.wav --out singing.mp4",
            "moda dub --video talk-show.mp4 --faces 1,3 --voice 1=anna.wav --voice 3=ben.wav --out dubbed.mp4",
            "moda dub --video interview.mp4 --audio translation.wav --out dubbed.mp4 --emotion happiness --emotion-scale 4",
            "moda dub --video talk.mp4 --out resynced.mp4");
    }

    private static async Task<int> RunAsync(DubRequest request, CancellationToken cancellation)
    {
        // What can be known before weights are read is found out first: the output, the video, the sound.
        string[] inputs = [.. new[] { request.Video, request.Audio }.Concat(request.Voices.Values).OfType<string>().Where(File.Exists)];
        await using VideoOutput output = await VideoOutput.PrepareAsync(
            request.Out, new VideoOutputOptions { Overwrite = request.Overwrites, Inputs = inputs }, cancellation);
        await VideoFile.CheckAsync(request.Video, cancellation);
        await using ClipVoices voices = await ClipVoices.DecodeAsync(request.Audio, request.Voices, cancellation);
        using WeightSet weights = EngineStart.OpenWeights(request.Weights, request.Dubbing.Generation.PasteBack);
        using Device device = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
        if (request.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        using var report = new StringWriter();
        await StageProgress.RunAsync(progress => DubAsync(request, weights, device, voices, output, progress, report, cancellation));

        // Standard output may be the video.
        TextWriter summary = VideoOutput.IsStandardOutput(request.Out) ? Console.Error : Console.Out;
        summary.Write(report);
        return ExitCode.Success;
    }

    private static async Task<int> DubAsync(
        DubRequest request,
        WeightSet weights,
        Device device,
        ClipVoices voices,
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
        using PreparedVideo video = await VideoPreparation.PrepareAsync(engine, request.Video, request.Face, request.Faces, stages, cancellation);
        ClipVoices.RequireOneEach(video.FaceNumbers, request.Voices);
        summary.PortraitIsPrepared();
        await using TalkingClip clip = engine.Dub(video, [.. video.FaceNumbers.Select(face => voices.Open(face)!)], request.Dubbing, stages);
        var beside = new Accompaniment
        {
            Sound = voices.Sound,
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

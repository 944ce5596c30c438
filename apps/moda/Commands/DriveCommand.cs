using System.CommandLine;
using System.Diagnostics;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda drive</c>: a portrait or a video, and the motion of another face in, a video out.</summary>
internal static class DriveCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var arguments = new DriveArguments();
        Command command = RequestCommand.Create(
            "drive",
            "Makes the face of a portrait or a video move as another one does: that of a video, of a picture, or of kept motion.",
            arguments.All,
            (parsed, cancellation) => RunAsync(arguments.Read(parsed), cancellation));
        command.Validators.Add(arguments.RequireOneFace);
        return command.WithExamples(
            "moda drive --image portrait.jpg --driving actor.mp4 --out driven.mp4",
            "moda drive --image portrait.jpg --driving d1.pkl --out driven.mp4 --weights weights/",
            "moda drive --image portrait.jpg --driving laughing.jpg --out laughing-portrait.png",
            "moda drive --image portrait.jpg --driving actor.mp4 --motion-out actor.safetensors",
            "moda drive --image another.jpg --driving actor.safetensors --out another.mp4 --absolute --region exp",
            "moda drive --video interview.mp4 --driving actor.mp4 --out acted.mp4",
            "moda drive --video interview.mp4 --driving smile.jpg --out smiling.mp4 --region exp",
            "moda drive --image portrait.jpg --driving actor.mp4 --out calm.mp4 --multiplier 0.7 --driving-option pose-friendly");
    }

    private static async Task<int> RunAsync(DriveRequest request, CancellationToken cancellation)
    {
        PortraitRequest portrait = request.Portrait;
        string[] inputs = portrait.InputsWith(request.Video, request.Driving);
        bool isPicture = request.Out is { } named && OutputFile.IsPicture(named);
        if (isPicture)
        {
            OutputFile.Require("--out", request.Out!, portrait.Overwrites, inputs);
        }

        if (request.MotionOut is { } kept)
        {
            OutputFile.Require("--motion-out", kept, portrait.Overwrites, inputs);
        }

        await using VideoOutput? output = request.Out is { } path && !isPicture
            ? await VideoOutput.PrepareAsync(path, new VideoOutputOptions { Overwrite = portrait.Overwrites, Inputs = inputs }, cancellation)
            : null;
        DrivenFace face = await DrivenFace.OpenAsync(request, cancellation);
        DrivingSource driving = await DrivingSource.OpenAsync(request.Driving, cancellation);
        using WeightSet weights = EngineStart.OpenWeights(portrait.Weights, portrait.PasteBack);
        await using SoundTrack? sound = output is not null && request.KeepsSound ? await driving.ReadSoundAsync(cancellation) : null;
        using Device device = EngineStart.OpenDevice(portrait.Device, portrait.Precision, portrait.MaximumGpuMemory);
        if (portrait.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        face.Find(device, cancellation);
        using var report = new StringWriter();
        await StageProgress.RunAsync(progress => DriveAsync(request, weights, device, face, driving, sound, output, progress, report, cancellation));
        TextWriter summary = request.Out is { } shown && VideoOutput.IsStandardOutput(shown) ? Console.Error : Console.Out;
        summary.Write(report);
        return ExitCode.Success;
    }

    private static async Task<int> DriveAsync(
        DriveRequest request,
        WeightSet weights,
        Device device,
        DrivenFace face,
        DrivingSource driving,
        SoundTrack? sound,
        VideoOutput? output,
        StageProgress progress,
        TextWriter report,
        CancellationToken cancellation)
    {
        var stages = new StageReport(progress);
        long start = Stopwatch.GetTimestamp();
        var options = new EngineOptions { FramesPerBatch = request.BatchSize };
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(weights, device, options, stages, cancellation);
        var summary = new GenerationSummary { Loading = Stopwatch.GetElapsedTime(start), WeightBytes = weights.ByteLength, Subject = face.Subject };
        summary.Start();
        MotionTemplate motion = await driving.ReadMotionAsync(engine, request.DrivingFace, request.Crop, stages, cancellation);
        if (request.MotionOut is { } kept)
        {
            motion.Save(kept);
            report.WriteLine($"{"motion:",-20}{kept} ({motion.Frames} frames at {motion.FramesPerSecond:0.###} fps)");
        }

        if (request.Out is not { } path)
        {
            return ExitCode.Success;
        }

        await using TalkingClip clip = await face.DriveAsync(engine, motion, summary, stages, cancellation);
        if (output is null)
        {
            await WritePictureAsync(clip, motion, path, cancellation);
            report.WriteLine(path);
            return ExitCode.Success;
        }

        await using IVideoSink sink = await output.OpenAsync(clip.Format, face.Beside(sound), cancellation);
        await summary.WriteFramesAsync(clip, sink, cancellation);
        if (sink.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: {notice}");
        }

        summary.Write(report, path, clip);
        return ExitCode.Success;
    }

    private static async Task WritePictureAsync(TalkingClip clip, MotionTemplate motion, string path, CancellationToken cancellation)
    {
        if (motion.Frames > 1)
        {
            throw new ConfigurationException($"--out '{path}' is a picture, but the motion has {motion.Frames} frames. Name a video, or a folder for the frames.");
        }

        await foreach (VideoFrame frame in clip.WithCancellation(cancellation))
        {
            ImageFile.Save(new RgbImage(frame.Width, frame.Height, frame.Pixels.ToArray()), path);
        }
    }
}

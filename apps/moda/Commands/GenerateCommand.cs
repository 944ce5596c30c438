using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Faces.Onnx;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda generate</c>: a portrait and a voice in, a talking video out.</summary>
internal static class GenerateCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var arguments = new GenerateArguments();
        var command = new Command("generate", "Makes a video in which a portrait speaks with a given voice.");
        foreach (Option option in arguments.All)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => RunAsync(arguments.Read(parsed), cancellation));
        return command.WithExamples(
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --weights weights/",
            "moda generate --image portrait.jpg --audio speech.mp3 --out talking.mp4 --emotion happiness --cfg-scale 1.5 --seed 7",
            "moda generate --image group.jpg --face left --audio speech.wav --out frames/ --paste-back none",
            "moda generate --image group.jpg --list-faces",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --face-models pretrained_weights/decode/v1/",
            "moda generate --image portrait.jpg --audio speech.wav --discard --warm-up --batch-size 16 --device cuda");
    }

    private static async Task<int> RunAsync(GenerateRequest request, CancellationToken cancellation)
    {
        if (request.ListFaces)
        {
            using Device finder = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
            LoadedImage listed = await LoadImageAsync(request, cancellation);
            using IFaceAnalyzer analyzer = CreateAnalyzer(request, finder);
            FaceListing.Write(Console.Out, listed, analyzer.Analyze(listed.Image, cancellation));
            return ExitCode.Success;
        }

        // What can be known before weights are read is found out first: the output, the picture, the sound.
        await using VideoOutput? output = request.Discards
            ? null
            : await VideoOutput.PrepareAsync(
                request.Out, new VideoOutputOptions { Overwrite = request.Overwrites, Inputs = request.Inputs }, cancellation);
        LoadedImage picture = await LoadImageAsync(request, cancellation);
        using WeightSet weights = EngineStart.OpenWeights(request.Weights, request.Generation.PasteBack);
        await using SoundTrack sound = await SoundTrack.DecodeAsync(request.Audio, cancellationToken: cancellation);
        using Device device = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
        if (request.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        Portrait portrait = CreatePortrait(request, picture, device, cancellation);
        using var report = new StringWriter();
        await StageProgress.RunAsync(progress => GenerateAsync(request, weights, device, portrait, sound, output, progress, report, cancellation));

        // Standard output may be the video.
        TextWriter summary = VideoOutput.IsStandardOutput(request.Out) ? Console.Error : Console.Out;
        summary.Write(report);
        return ExitCode.Success;
    }

    // A pipe is opened and read on another thread, so that Ctrl+C ends the wait for it.
    private static async Task<LoadedImage> LoadImageAsync(GenerateRequest request, CancellationToken cancellation)
    {
        string path = request.Image == AudioFile.StandardInput ? "/dev/stdin" : request.Image;
        LoadedImage picture = await Task.Run(() => ImageFile.Read(path), cancellation).WaitAsync(cancellation);
        if (picture.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: image '{request.Image}': {notice}");
        }

        return picture;
    }

    private static Portrait CreatePortrait(GenerateRequest request, LoadedImage picture, Device device, CancellationToken cancellation)
    {
        if (request.Landmarks is { } path)
        {
            return Portrait.Create(picture.Image, LandmarkFile.Load(path, request.Face).Transform(picture.FileToImage), request.Portrait);
        }

        using IFaceAnalyzer analyzer = CreateAnalyzer(request, device);
        return Portrait.Create(picture.Image, analyzer, request.Face, request.Portrait, cancellation);
    }

    /// <summary>The reference's analyzer where its models are named or lie with the weights, otherwise the built-in one.</summary>
    private static IFaceAnalyzer CreateAnalyzer(GenerateRequest request, Device device)
    {
        if (request.FaceModels is { } folder)
        {
            return new OnnxFaceAnalyzer(folder);
        }

        if (!FaceModelFiles.AreIn(request.Weights) || !OnnxFaceAnalyzer.IsAvailable)
        {
            return new FaceAnalyzer(device);
        }

        Console.Error.WriteLine($"faces: insightface's models in '{request.Weights}'");
        return new OnnxFaceAnalyzer(request.Weights);
    }

    private static async Task<int> GenerateAsync(
        GenerateRequest request,
        WeightSet weights,
        Device device,
        Portrait portrait,
        SoundTrack sound,
        VideoOutput? output,
        StageProgress progress,
        TextWriter report,
        CancellationToken cancellation)
    {
        var stages = new StageReport(progress);
        long start = Stopwatch.GetTimestamp();
        var options = new EngineOptions { FramesPerBatch = request.BatchSize };
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(weights, device, options, stages, cancellation);
        TimeSpan loading = Stopwatch.GetElapsedTime(start);
        var summary = new GenerationSummary { Loading = loading, WeightBytes = weights.ByteLength };
        if (request.WarmsUp)
        {
            using PreparedPortrait unseen = await engine.PrepareAsync(portrait, cancellation);
            await engine.WarmUpAsync(unseen, request.Generation, cancellation);
            summary.WarmUp = Stopwatch.GetElapsedTime(start) - loading;
        }

        summary.Start();
        using PreparedPortrait prepared = await engine.PrepareAsync(portrait, cancellation);
        summary.PortraitIsPrepared();
        await using ISampleReader speech = sound.OpenSpeech();
        await using TalkingClip clip = engine.Speak(prepared, speech, request.Generation, stages);
        await using IVideoSink sink = output is null ? new DiscardSink(clip.Format) : await output.OpenAsync(clip.Format, sound, cancellation);
        if (sink.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: {notice}");
        }

        await foreach (VideoFrame frame in clip.WithCancellation(cancellation))
        {
            await summary.MeasureAsync(sink.WriteAsync(frame, cancellation));
        }

        await summary.MeasureAsync(new ValueTask(sink.CompleteAsync(cancellation)));
        summary.Write(report, request.Discards ? null : request.Out, clip);
        return ExitCode.Success;
    }
}

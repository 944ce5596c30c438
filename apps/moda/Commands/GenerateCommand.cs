using System.CommandLine;
using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Onnx.Voices;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda generate</c>: a portrait and a voice in, a talking video out.</summary>
internal static class GenerateCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var arguments = new GenerateArguments();
        Command command = RequestCommand.Create(
            "generate",
            "Makes a video in which a portrait speaks with a given voice.",
            arguments.All,
            (parsed, cancellation) => RunAsync(arguments.Read(parsed), cancellation));
        return command.WithExamples(
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --weights weights/",
            "moda generate --image portrait.jpg --audio speech.mp3 --out talking.mp4 --emotion happiness --cfg-scale 1.5 --seed 7",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --emotion surprise --emotion-scale 4",
            "moda generate --image group.jpg --face left --audio speech.wav --out frames/ --paste-back none",
            "moda generate --image group.jpg --list-faces",
            "moda generate --image group.jpg --faces all --audio choir.wav --out singing.mp4",
            "moda generate --image group.jpg --faces 1,3 --voice 1=anna.wav --voice 3=ben.wav --out talking.mp4",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --face-models pretrained_weights/decode/v1/",
            "moda generate --image portrait.jpg --audio song.mp3 --out talking.mp4 --separate-vocals Kim_Vocal_2.onnx",
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --motion-out speech.safetensors",
            "moda generate --image another.jpg --motion-in speech.safetensors --audio speech.wav --out another.mp4",
            "moda generate --image portrait.jpg --audio speech.wav --driving actor.mp4 --out acted.mp4",
            "moda generate --image portrait.jpg --audio speech.wav --discard --warm-up --batch-size 16 --device cuda");
    }

    private static async Task<int> RunAsync(GenerateRequest request, CancellationToken cancellation)
    {
        if (request.ListFaces)
        {
            using Device finder = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
            LoadedImage listed = await request.Finder.LoadImageAsync(cancellation);
            using IFaceAnalyzer analyzer = request.Finder.CreateAnalyzer(finder);
            FaceListing.Write(Console.Out, listed, NumberedFace.LeftToRight(analyzer.Analyze(listed.Image, cancellation)));
            return ExitCode.Success;
        }

        // What can be known before weights are read is found out first: the outputs, the picture, the sound.
        if (request.MotionOut is { } place)
        {
            OutputFile.Require("--motion-out", place, request.Overwrites, request.Inputs);
        }

        await using VideoOutput? output = request.Discards
            ? null
            : await VideoOutput.PrepareAsync(
                request.Out, new VideoOutputOptions { Overwrite = request.Overwrites, Inputs = request.Inputs }, cancellation);
        LoadedImage picture = await request.Finder.LoadImageAsync(cancellation);
        using WeightSet weights = EngineStart.OpenWeights(request.Weights, request.Generation.PasteBack);
        using VocalSeparator? separator = OpenSeparator(request);
        MotionTemplate? motion = request.MotionIn is { } kept ? await Task.Run(() => MotionTemplate.Load(kept), cancellation) : null;
        DrivingSource? driving = request.Driving is { } named ? await DrivingSource.OpenAsync(named, cancellation) : null;
        await using ClipVoices voices = await ClipVoices.DecodeAsync(request.Audio, request.Voices, cancellation);
        using Device device = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
        if (request.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        IReadOnlyList<(int Number, Portrait Portrait)> portraits = request.Faces is { } selection
            ? request.Finder.FindAll(picture, selection, device, cancellation)
            : [(1, request.Finder.Find(picture, device, cancellation))];
        ClipVoices.RequireOneEach([.. portraits.Select(face => face.Number)], request.Voices);
        using var report = new StringWriter();
        await StageProgress.RunAsync(async progress =>
        {
            await SeparateAsync(separator, voices, progress, cancellation);
            var inputs = new ClipInputs(portraits, voices, motion, driving);
            return await GenerateAsync(request, inputs, weights, device, output, progress, report, cancellation);
        });

        // Standard output may be the video.
        TextWriter summary = VideoOutput.IsStandardOutput(request.Out) ? Console.Error : Console.Out;
        summary.Write(report);
        return ExitCode.Success;
    }

    private static VocalSeparator? OpenSeparator(GenerateRequest request)
    {
        if (request.VocalNetwork is not { } path)
        {
            return null;
        }

        int? gpu = VocalSeparator.HasCuda && request.Device is not ("auto" or "cpu") ? CudaProvider.Ordinal(request.Device) : null;
        var separator = new VocalSeparator(path, new VocalSeparatorOptions { CudaDevice = gpu });
        Console.Error.WriteLine($"voice: separated by '{path}' on the {(gpu is null ? "CPU" : "GPU")}");
        return separator;
    }

    private static async Task SeparateAsync(
        VocalSeparator? separator, ClipVoices voices, StageProgress progress, CancellationToken cancellation)
    {
        if (separator is null)
        {
            return;
        }

        // The network's memory is given back before the engine takes its own.
        using (separator)
        {
            await voices.SeparateAsync(separator, progress, cancellation);
        }
    }

    private static async Task<int> GenerateAsync(
        GenerateRequest request,
        ClipInputs inputs,
        WeightSet weights,
        Device device,
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
            using PreparedPortrait unseen = await engine.PrepareAsync(inputs.Portraits[0].Portrait, cancellation);
            await engine.WarmUpAsync(unseen, request.Generation, cancellation);
            summary.WarmUp = Stopwatch.GetElapsedTime(start) - loading;
        }

        summary.Start();
        using var speakers = new Speakers();
        foreach ((int number, Portrait portrait) in inputs.Portraits)
        {
            speakers.Add(await engine.PrepareAsync(portrait, cancellation), inputs.Voices.Open(number));
        }

        summary.PortraitIsPrepared();
        await using TalkingClip clip = request.Faces is null
            ? await BeginAsync(request, inputs, engine, speakers.First.Portrait, speakers.First.Voice, stages, cancellation)
            : engine.SpeakTogether(speakers.Faces, request.Generation, stages);
        await using IVideoSink sink = output is null ? new DiscardSink(clip.Format) : await output.OpenAsync(clip.Format, inputs.Voices.Sound, cancellation);
        if (sink.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: {notice}");
        }

        await summary.WriteFramesAsync(clip, sink, cancellation);
        summary.Write(report, request.Discards ? null : request.Out, clip);
        return ExitCode.Success;
    }

    // Motion that is kept or mixed is generated first, whole; else it is generated while frames are rendered.
    private static async Task<TalkingClip> BeginAsync(
        GenerateRequest request,
        ClipInputs inputs,
        TalkingHeadEngine engine,
        PreparedPortrait portrait,
        ISampleReader? speech,
        StageReport stages,
        CancellationToken cancellation)
    {
        if (inputs.Motion is { } kept)
        {
            return engine.Drive(portrait, kept, request.Generation, stages);
        }

        if (request.MotionOut is null && inputs.Driving is null)
        {
            return engine.Speak(portrait, speech!, request.Generation, stages);
        }

        GenerationOptions options = request.Generation;
        MotionTemplate motion = await engine.GenerateMotionAsync(portrait, speech!, options, stages, cancellation);
        if (inputs.Driving is { } driving)
        {
            MotionTemplate followed = await driving.ReadMotionAsync(engine, request.DrivingFace, DrivingCropMode.WhenNotSquare, stages, cancellation);
            motion = followed.AtRate(GenerationOptions.FramesPerSecond).WithLipsOf(motion);

            // The driving face knows where it looks.
            options = options with { Driving = options.Driving with { Gaze = default } };
        }

        if (request.MotionOut is { } path)
        {
            motion.Save(path);
        }

        return engine.Drive(portrait, motion, options, stages);
    }

    /// <summary>What was read before there was an engine.</summary>
    private sealed record ClipInputs(
        IReadOnlyList<(int Number, Portrait Portrait)> Portraits, ClipVoices Voices, MotionTemplate? Motion, DrivingSource? Driving);
}

using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda pose</c>: a portrait and sliders in, the portrait with another pose and expression out.</summary>
internal static class PoseCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var arguments = new PoseArguments();
        Command command = RequestCommand.Create(
            "pose",
            "Poses a portrait's face: turns the head, opens eyes and lips, smiles, winks, looks aside.",
            arguments.All,
            (parsed, cancellation) => RunAsync(arguments.Read(parsed), cancellation));
        return command.WithExamples(
            "moda pose --image portrait.jpg --smile 0.5 --yaw 10 --out smiling.png",
            "moda pose --image portrait.jpg --eyes 0 --out asleep.jpg",
            "moda pose --image portrait.jpg --lips 0.4 --brow 20 --gaze-x -12 --out surprised.png --weights weights/",
            "moda pose --image group.jpg --face left --wink 30 --out wink.webp --overwrite");
    }

    private static async Task<int> RunAsync(PoseRequest request, CancellationToken cancellation)
    {
        PortraitRequest portrait = request.Portrait;
        if (!OutputFile.IsPicture(request.Out))
        {
            throw new ConfigurationException($"--out '{request.Out}' must be a picture: .png, .jpg or .webp.");
        }

        OutputFile.Require("--out", request.Out, portrait.Overwrites, portrait.InputsWith());
        PortraitFinder finder = portrait.Finder!;
        LoadedImage picture = await finder.LoadImageAsync(cancellation);
        using WeightSet weights = EngineStart.OpenWeights(portrait.Weights, portrait.PasteBack);
        using Device device = EngineStart.OpenDevice(portrait.Device, portrait.Precision, portrait.MaximumGpuMemory);
        if (portrait.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        Portrait found = finder.Find(picture, device, cancellation);
        await StageProgress.RunAsync(async progress =>
        {
            await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(
                weights, device, progress: new StageReport(progress), cancellationToken: cancellation);
            using PreparedPortrait prepared = await engine.PrepareAsync(found, cancellation);
            ImageFile.Save(await engine.PoseAsync(prepared, request.Pose, request.Options, cancellation), request.Out);
            return ExitCode.Success;
        });
        Console.Out.WriteLine(request.Out);
        return ExitCode.Success;
    }
}

using System.CommandLine;
using Moda.Cli.Benchmarks;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda bench pose</c>: many poses of one portrait.</summary>
internal static class PosesCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<int> count = new Argument<int>("N") { Description = "How many poses.", DefaultValueFactory = _ => 100 }.AcceptOnlyRange(1, 100_000);
        var image = new Option<string?>("--image") { Description = "The portrait; a picture of noise, 512 x 512, when left out.", HelpName = "FILE" };
        var weights = new Option<string?>("--weights") { Description = "A folder of weights. [the open checkpoint]", HelpName = "DIR" };
        Option<string> device = DeviceOptions.Device();
        Option<string?> precision = DeviceOptions.Precision();
        Option<long?> memory = DeviceOptions.MaximumGpuMemory();
        var command = new Command("pose", "Times poses of one portrait that is prepared once, one after the other.")
        {
            count, image, weights, device, precision, memory,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetValue(weights) ?? OpenCheckpoint.Folder
                ?? throw new ConfigurationException("--weights is needed: this copy of moda came without the open checkpoint.");
            RgbImage? picture = parsed.GetValue(image) is { } path ? ImageFile.Load(path) : null;
            using WeightSet set = WeightSet.Open(folder);
            Device opened = DeviceSelector.Open(
                parsed.GetRequiredValue(device),
                new DeviceRequest(DeviceOptions.ToElementType(parsed.GetValue(precision)), parsed.GetValue(memory))).Device;
            await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(set, opened, cancellationToken: cancellation);
            await PoseTable.PrintAsync(engine, picture, parsed.GetRequiredValue(count), new PoseOptions(), cancellation);
            return ExitCode.Success;
        });
        return command.WithExamples("moda bench pose", "moda bench pose 1000 --image portrait.jpg --weights weights/ --device cuda --precision f16");
    }
}

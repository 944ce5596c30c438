using System.CommandLine;
using Moda.Cli.Benchmarks;
using Moda.Kernels;
using Moda.Kernels.Cuda;
using Moda.Kernels.Selection;

namespace Moda.Cli.Commands;

/// <summary><c>moda bench</c>: how long each network takes on a device.</summary>
internal static class BenchCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var filter = new Argument<string>("PART")
        {
            Description = "Only networks whose preset (or folder) and name contain it, as 'full', 'tiny warping' or '8 frames'.",
            DefaultValueFactory = _ => "",
        };
        var weights = new Option<string?>("--weights")
        {
            Description = "A folder of weights; both presets of synthetic ones when left out.",
            HelpName = "DIR",
        };
        Option<string> device = DeviceOptions.Device();
        Option<string?> precision = DeviceOptions.Precision();
        Option<long?> memory = DeviceOptions.MaximumGpuMemory();
        var profile = new Option<bool>("--profile") { Description = "List the ops that take longest below each network." };
        var command = new Command("bench", "Times each network on random inputs: the median of repeated runs.")
        {
            filter, weights, device, precision, memory, profile, SessionsCommand.Create(), PosesCommand.Create(), LiveBenchCommand.Create(), ServiceBenchCommand.Create(),
        };
        var output = new BenchOutput();
        foreach (Option option in output.All)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                using Device opened = DeviceSelector.Open(
                    parsed.GetRequiredValue(device), new(DeviceOptions.ToElementType(parsed.GetValue(precision)), parsed.GetValue(memory))).Device;
                BenchReport? before = output.Prepare(parsed, "bench", opened);
                using var session = new BenchSession(opened, output.IsJson(parsed) ? TextWriter.Null : Console.Out);
                NetworkTable.Run(session, parsed.GetValue(weights), parsed.GetRequiredValue(filter), parsed.GetValue(profile), cancellation);
                if (opened is CudaDevice gpu)
                {
                    session.Table.WriteLine($"most GPU memory at one time: {ByteSize.Format(gpu.PeakBytes)}");
                }

                return output.Finish(parsed, session.Report("bench"), before);
            },
            cancellation));
        return command.WithExamples("moda bench tiny", "moda bench sessions 8 --live", "moda bench pose", "moda bench service --image portrait.jpg --audio voice.wav", "moda bench full --device cuda --precision f16", "moda bench \"full spade\" --profile",
            "moda bench full --device cuda --json",
            "moda bench full --device cuda --compare old.json --fail-above 5%");
    }
}

using System.CommandLine;
using Moda.Cli.Benchmarks;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda bench sessions</c>: many clips at once on one engine.</summary>
internal static class SessionsCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<int[]> counts = new Argument<int[]>("N")
        {
            Description = "How many clips at once; several numbers are run one after the other.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [8],
        }.AcceptOnlyRange(1, 1000);
        var live = new Option<bool>("--live") { Description = "Read each clip at the pace of a player, and say how late its frames are." };
        Option<double> seconds = new Option<double>("--seconds")
        {
            Description = "How long each clip speaks.",
            HelpName = "S",
            DefaultValueFactory = _ => 10,
        }.AcceptOnlyRange(0.1, 3600);
        var weights = new Option<string?>("--weights") { Description = "A folder of weights. [the open checkpoint]", HelpName = "DIR" };
        Option<int?> batchSize = ClipOptions.BatchSize();
        var check = new Option<bool>("--check") { Description = "Make each clip alone first, and fail where its frames differ." };
        Option<string> device = DeviceOptions.Device();
        Option<string?> precision = DeviceOptions.Precision();
        Option<long?> memory = DeviceOptions.MaximumGpuMemory();
        var command = new Command("sessions", "Times many clips at once on one engine, each with a portrait and a voice of its own.")
        {
            counts, live, seconds, check, weights, device, precision, memory, batchSize,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetValue(weights) ?? OpenCheckpoint.Folder
                ?? throw new ConfigurationException("--weights is needed: this copy of moda came without the open checkpoint.");
            using WeightSet set = WeightSet.Open(folder);
            Device opened = DeviceSelector.Open(
                parsed.GetRequiredValue(device), new(DeviceOptions.ToElementType(parsed.GetValue(precision)), parsed.GetValue(memory))).Device;
            int[] clips = parsed.GetRequiredValue(counts);
            bool isLive = parsed.GetValue(live);

            // What is measured here is what lies beyond the capacity, too.
            var options = new EngineOptions { FramesPerBatch = parsed.GetValue(batchSize), LiveClips = clips.Max() };
            await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(set, opened, options, cancellationToken: cancellation);
            bool areSame = await SessionTable.PrintAsync(
                engine, clips, isLive, parsed.GetValue(seconds), parsed.GetValue(check), cancellation);
            return areSame ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples(
            "moda bench sessions 8", "moda bench sessions 1 8 --seconds 60 --weights weights/", "moda bench sessions 8 16 --live --seconds 60 --device cuda");
    }
}

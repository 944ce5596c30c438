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

/// <summary><c>moda bench live</c>: live sessions that are spoken to.</summary>
internal static class LiveBenchCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var defaults = new LiveOptions();
        var counts = new Argument<int[]>("N")
        {
            Description = "How many sessions at once; several numbers are run one after the other.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [1],
        };
        var seconds = new Option<double>("--seconds") { Description = "How long each session speaks.", HelpName = "S", DefaultValueFactory = _ => 10 };
        var advance = new Option<int>("--advance") { Description = "Frames by which motion advances, 1 to 16.", HelpName = "N", DefaultValueFactory = _ => defaults.Advance };
        var lookAhead = new Option<int>("--look-ahead") { Description = "Frames that are heard ahead of the one that is made, 2 to 16.", HelpName = "N", DefaultValueFactory = _ => defaults.LookAhead };
        var steps = new Option<int>("--steps") { Description = "Denoising steps, 2 to 1000.", HelpName = "N", DefaultValueFactory = _ => defaults.Generation.Sampling.Steps };
        Option<int?> batchSize = ClipOptions.BatchSize();
        var weights = new Option<string?>("--weights") { Description = "A folder of weights. [the open checkpoint]", HelpName = "DIR" };
        Option<string> device = DeviceOptions.Device();
        Option<string?> precision = DeviceOptions.Precision();
        Option<long?> memory = DeviceOptions.MaximumGpuMemory();
        counts.AcceptOnlyRange(1, 1000);
        seconds.AcceptOnlyRange(0.5, 3600);
        advance.AcceptOnlyRange(1, 16);
        lookAhead.AcceptOnlyRange(2, 16);
        steps.AcceptOnlyRange(2, 1000);
        var command = new Command("live", "Speaks to live sessions as a microphone does, and times each sample to the frame in which it is seen.")
        {
            counts, seconds, advance, lookAhead, steps, batchSize, weights, device, precision, memory,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetValue(weights) ?? OpenCheckpoint.Folder
                ?? throw new ConfigurationException("--weights is needed: this copy of moda came without the open checkpoint.");
            using WeightSet set = WeightSet.Open(folder);
            Device opened = DeviceSelector.Open(
                parsed.GetRequiredValue(device), new(DeviceOptions.ToElementType(parsed.GetValue(precision)), parsed.GetValue(memory))).Device;
            int[] sessions = parsed.GetRequiredValue(counts);
            var engineOptions = new EngineOptions { FramesPerBatch = parsed.GetValue(batchSize), LiveClips = sessions.Max() };
            var options = new LiveOptions
            {
                Advance = parsed.GetValue(advance),
                LookAhead = parsed.GetValue(lookAhead),
                Generation = new GenerationOptions { Sampling = new MotionSamplingOptions { Steps = parsed.GetValue(steps) } },
            };
            await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(set, opened, engineOptions, cancellationToken: cancellation);
            await LiveTable.PrintAsync(engine, sessions, options, parsed.GetValue(seconds), cancellation);
            return ExitCode.Success;
        });
        return command.WithExamples("moda bench live", "moda bench live 1 16 --seconds 60 --weights weights/ --device cuda", "moda bench live 16 --advance 8 --steps 5");
    }
}

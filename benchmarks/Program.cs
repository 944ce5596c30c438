using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Moda.Benchmarks;
using Moda.Benchmarks.Ceilings;
using Moda.Benchmarks.Faces;
using Moda.Benchmarks.Kernels;
using Moda.Benchmarks.Networks;
using Moda.Cli.Benchmarks;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Ilgpu;
using Moda.Kernels.Selection;
using Moda.Testing.Cases;
using Moda.Weights;
using RateColumn = Moda.Benchmarks.RateColumn;

const int LongestName = 80;
IlgpuDevices.Register();
var device = new Option<string>("--device") { Description = $"Where kernels run: {DeviceSelector.Names}.", DefaultValueFactory = _ => "cpu" };
var precision = new Option<ElementType?>("--precision") { Description = "How a GPU stores activations: Float16 or Float32." };
var threads = new Option<int>("--threads") { Description = "Threads of the CPU; 0 for all." };
var part = new Argument<string>("PART") { Description = "Only what contains it, as 'spade' or 'gamma'.", DefaultValueFactory = _ => "" };
Option<string> job = new Option<string>("--job") { Description = "How thoroughly BenchmarkDotNet measures.", DefaultValueFactory = _ => "short" }
    .AcceptOnlyFromAmong([.. BenchmarkJobs.Names]);
var arguments = new Option<string[]>("--benchmark-arguments") { Description = "More for BenchmarkDotNet, as '--maxIterationCount 20'.", AllowMultipleArgumentsPerToken = true };
var images = new Argument<FileInfo[]>("IMAGE") { Description = "Photographs of faces." };
var output = new BenchOutput();

var quick = new Command("quick", "Every kernel of the networks, median of five, as a table or as JSON.") { part, device, precision, threads };
foreach (Option option in output.All)
{
    quick.Options.Add(option);
}

quick.SetAction(parsed => OnDevice(parsed, () => NetworkKernels.Containing(BenchmarkChoice.Filter), found => Quick(parsed, found)));
var kernels = new Command("kernels", "Every kernel of the networks, by BenchmarkDotNet.") { part, device, precision, threads, job, arguments };
kernels.SetAction(parsed => OnDevice(parsed, () => NetworkKernels.Containing(BenchmarkChoice.Filter), _ => RunBenchmarks(parsed, typeof(KernelBenchmarks))));
var networks = new Command("networks", "Every network, by BenchmarkDotNet.") { part, device, precision, threads, job, arguments };
networks.SetAction(parsed => OnDevice(parsed, () => NetworkWork.Containing(BenchmarkChoice.Filter), _ => RunBenchmarks(parsed, typeof(NetworkBenchmarks))));
var faces = new Command("faces", "How well and how fast faces are found.") { images };
faces.SetAction(parsed => FaceTable.Print([.. parsed.GetRequiredValue(images).Select(image => image.FullName)]));

return new RootCommand("Times kernels and networks, and says how near they come to what the device can do.") { quick, kernels, networks, faces }
    .Parse(args).Invoke();

int OnDevice<T>(ParseResult parsed, Func<IEnumerable<T>> find, Func<IReadOnlyList<T>, int> run)
{
    try
    {
        BenchmarkChoice.Filter = parsed.GetRequiredValue(part);
        T[] found = [.. find()];
        if (found.Length == 0)
        {
            throw new ConfigurationException($"No name contains '{BenchmarkChoice.Filter}'. Without PART everything is timed, and so every name is printed.");
        }

        using Device opened = DeviceSelector.Open(
            parsed.GetRequiredValue(device), new(parsed.GetValue(precision), Threads: parsed.GetValue(threads))).Device;
        BenchmarkChoice.Device = opened;
        return run(found);
    }
    catch (Exception exception) when (exception is ModaException or ConfigurationException or IOException)
    {
        Console.Error.WriteLine($"benchmarks: {ErrorLine.Of(exception)}");
        return ExitCode.Failure;
    }
}

int Quick(ParseResult parsed, IReadOnlyList<INetworkKernel> found)
{
    BenchReport? before = output.Prepare(parsed, "quick", BenchmarkChoice.Device);
    using var session = new BenchSession(BenchmarkChoice.Device, output.IsJson(parsed) ? TextWriter.Null : Console.Out);
    KernelTable.Run(session, found, DeviceCeilings.Measure(BenchmarkChoice.Device));
    return output.Finish(parsed, session.Report("quick"), before);
}

int RunBenchmarks(ParseResult parsed, Type benchmarks)
{
    // In-process: a published bundle carries no SDK to build another program with, and the device is open in this one.
    IConfig config = DefaultConfig.Instance
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestName))
        .AddJob(BenchmarkJobs.Of(parsed.GetRequiredValue(job)).WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumn(RateColumn.All(DeviceCeilings.Measure(BenchmarkChoice.Device)));
    string[] more = parsed.GetValue(arguments) ?? [];
    if (BenchmarkJobs.FindOwnOption(more) is { } own)
    {
        throw new ConfigurationException($"'{own}' would start a program without a device; say --job beside --benchmark-arguments.");
    }

    return BenchmarkRunner.Run(benchmarks, config, more).HasCriticalValidationErrors ? ExitCode.Failure : ExitCode.Success;
}

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
using Moda.Kernels;
using Moda.Kernels.Ilgpu;
using Moda.Kernels.Selection;

const int LongestName = 80;
IlgpuDevices.Register();
var device = new Option<string>("--device") { Description = $"Where kernels run: {DeviceSelector.Names}.", DefaultValueFactory = _ => "cpu" };
var precision = new Option<ElementType?>("--precision") { Description = "How a GPU stores activations: Float16 or Float32." };
var threads = new Option<int>("--threads") { Description = "Threads of the CPU; 0 for all." };
var part = new Argument<string>("PART") { Description = "Only what contains it, as 'spade' or 'gamma'.", DefaultValueFactory = _ => "" };
var arguments = new Option<string[]>("--benchmark-arguments") { Description = "For BenchmarkDotNet, as '--job medium'.", AllowMultipleArgumentsPerToken = true };
var images = new Argument<FileInfo[]>("IMAGE") { Description = "Photographs of faces." };

var quick = new Command("quick", "Every kernel of the networks, median of three, as a table.") { part, device, precision, threads };
quick.SetAction(parsed => OnDevice(parsed, () => KernelTable.Print(BenchmarkChoice.Device, BenchmarkChoice.Filter)));
var kernels = new Command("kernels", "Every kernel of the networks, by BenchmarkDotNet.") { part, device, precision, threads, arguments };
kernels.SetAction(parsed => OnDevice(parsed, () => RunBenchmarks(typeof(KernelBenchmarks), parsed.GetValue(arguments))));
var networks = new Command("networks", "Every network, by BenchmarkDotNet.") { part, device, precision, threads, arguments };
networks.SetAction(parsed => OnDevice(parsed, () => RunBenchmarks(typeof(NetworkBenchmarks), parsed.GetValue(arguments))));
var faces = new Command("faces", "How well and how fast faces are found.") { images };
faces.SetAction(parsed => FaceTable.Print([.. parsed.GetRequiredValue(images).Select(image => image.FullName)]));

return new RootCommand("Times kernels and networks, and says how near they come to what the device can do.") { quick, kernels, networks, faces }
    .Parse(args).Invoke();

void OnDevice(ParseResult parsed, Action run)
{
    using Device opened = DeviceSelector.Open(
        parsed.GetRequiredValue(device), new(parsed.GetValue(precision), Threads: parsed.GetValue(threads))).Device;
    BenchmarkChoice.Device = opened;
    BenchmarkChoice.Filter = parsed.GetRequiredValue(part);
    run();
}

static void RunBenchmarks(Type benchmarks, string[]? arguments)
{
    // In-process: a published bundle carries no SDK to build another program with.
    IConfig config = DefaultConfig.Instance
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestName))
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumn(RateColumn.All(DeviceCeilings.Measure(BenchmarkChoice.Device)));
    BenchmarkRunner.Run(benchmarks, config, arguments);
}

using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Moda.Benchmarks.Cpu;
using Moda.Benchmarks.Faces;
using Moda.Kernels.Cpu;

// --quick or --ops, then a part of a name and a number of threads.
// --layers, then a part of a name and arguments of BenchmarkDotNet. --faces, then image files. Otherwise arguments of BenchmarkDotNet.
string mode = args.ElementAtOrDefault(0) ?? "";
string filter = args.ElementAtOrDefault(1) ?? "";
switch (mode)
{
    case "--quick":
        QuickTable.Print(filter, Threads());
        break;
    case "--ops":
        QuickOpTable.Print(filter, Threads());
        break;
    case "--layers":
        ConvolutionBenchmarks.LayerFilter = filter;
        RunBenchmarks(["--filter", $"*{nameof(ConvolutionBenchmarks)}*", .. args[2..]]);
        break;
    case "--faces":
        FaceTable.Print(args[1..]);
        break;
    default:
        RunBenchmarks(args);
        break;
}

int Threads() => int.Parse(args.ElementAtOrDefault(2) ?? "0", CultureInfo.InvariantCulture);

static void RunBenchmarks(string[] arguments)
{
    // In-process: a published bundle carries no SDK to build another program with.
    IConfig config = DefaultConfig.Instance
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumn(RateColumn.Gigaflops(), RateColumn.ShareOf(MultiplyAddPeak.Measure(Environment.ProcessorCount)));
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, config);
}

using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Moda.Benchmarks.Cpu;

int quick = Array.IndexOf(args, "--quick");
if (quick >= 0)
{
    // --quick [part of a name] [threads]
    string filter = quick + 1 < args.Length ? args[quick + 1] : "";
    int threads = quick + 2 < args.Length ? int.Parse(args[quick + 2], System.Globalization.CultureInfo.InvariantCulture) : 0;
    QuickTable.Print(filter, threads);
    return 0;
}

// In-process: a published bundle carries no SDK to build another program with.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddColumn(RateColumn.Gigaflops(), RateColumn.ShareOf(MultiplyAddPeak.Measure(Environment.ProcessorCount)));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;

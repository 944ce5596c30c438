using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Moda.Benchmarks.Cpu;
using Moda.Benchmarks.Faces;
using Moda.Benchmarks.Networks;
using Moda.Kernels.Cpu;

// --quick | --networks | --profile, then optionally a part of a name and a number of threads; --faces, then image files.
string mode = args.Length > 0 ? args[0] : "";
string filter = args.Length > 1 ? args[1] : "";
int threads = args.Length > 2 && mode != "--faces" ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0;
switch (mode)
{
    case "--quick":
        QuickTable.Print(filter, threads);
        break;
    case "--networks" or "--profile":
        using (var device = new CpuDevice(threads))
        {
            NetworkTable.Print(device, filter, withProfile: mode == "--profile");
        }

        break;
    case "--faces":
        FaceTable.Print(args[1..]);
        break;
    default:
        // In-process: a published bundle carries no SDK to build another program with.
        IConfig config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumn(RateColumn.Gigaflops(), RateColumn.ShareOf(MultiplyAddPeak.Measure(Environment.ProcessorCount)));
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        break;
}

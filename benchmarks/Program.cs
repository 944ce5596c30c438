using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Moda.Benchmarks.Cpu;
using Moda.Benchmarks.Faces;
using Moda.Benchmarks.Networks;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Cuda;

// --quick, --ops, --networks or --profile; then a part of a name; then a number of threads or the name of a device; then f16 or f32.
// --layers, then a part of a name and arguments of BenchmarkDotNet. --faces, then image files. Otherwise arguments of BenchmarkDotNet.
string mode = args.ElementAtOrDefault(0) ?? "";
string filter = args.ElementAtOrDefault(1) ?? "";
string where = args.ElementAtOrDefault(2) ?? "0";
switch (mode)
{
    case "--quick":
        QuickTable.Print(filter, int.Parse(where, CultureInfo.InvariantCulture));
        break;
    case "--ops":
        QuickOpTable.Print(filter, int.Parse(where, CultureInfo.InvariantCulture));
        break;
    case "--networks" or "--profile":
        TimeNetworks(filter, where, args.ElementAtOrDefault(3), withProfile: mode == "--profile");
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

static void TimeNetworks(string filter, string where, string? precision, bool withProfile)
{
    long start = Stopwatch.GetTimestamp();
    using Device device = int.TryParse(where, NumberStyles.None, CultureInfo.InvariantCulture, out int threads)
        ? new CpuDevice(threads)
        : DeviceSelector.Open(where, precision switch { "f16" => ElementType.Float16, "f32" => ElementType.Float32, _ => null }).Device;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"opened in {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s"));
    NetworkTable.Print(device, filter, withProfile);
    if (device is CudaDevice gpu)
    {
        Console.WriteLine($"most GPU memory at one time: {ByteSize.Format(gpu.PeakBytes)}");
    }
}

// A method of its own: a bundle that times networks only carries no BenchmarkDotNet.
static void RunBenchmarks(string[] arguments)
{
    // In-process: a published bundle carries no SDK to build another program with.
    IConfig config = DefaultConfig.Instance
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumn(RateColumn.Gigaflops(), RateColumn.ShareOf(MultiplyAddPeak.Measure(Environment.ProcessorCount)));
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, config);
}

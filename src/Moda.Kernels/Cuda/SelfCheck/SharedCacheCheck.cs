using System.Diagnostics;
using System.Globalization;
using System.Text;
using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>
/// Compiles every kernel of the library into an empty cache, from two processes at once, and reads it back. The processes are
/// this program, started again as it was; a variable tells them what they are.
/// </summary>
internal static class SharedCacheCheck
{
    private const string ChildVariable = "MODA_SELF_CHECK_CACHE";

    private static readonly ElementType[] Precisions = [ElementType.Float32, ElementType.Float16];

    /// <summary>Whether this process is one of the two.</summary>
    public static bool IsChild => Environment.GetEnvironmentVariable(ChildVariable) is { Length: > 0 };

    /// <summary>What each of the two processes does.</summary>
    public static int RunChild(CudaLibraries libraries, CudaDeviceInformation device)
    {
        KernelCache cache = new(Environment.GetEnvironmentVariable(ChildVariable)!);
        CompileAll(new KernelCompiler(libraries.Nvrtc, cache, device.ComputeCapability));
        return cache.WriteProblem is null ? 0 : 1;
    }

    /// <summary>Starts the two and reads what they wrote.</summary>
    public static string RunTwoProcesses(KernelCompiler compiler)
    {
        string folder = Directory.CreateTempSubdirectory("moda-self-check-").FullName;
        try
        {
            using Process first = Start(folder);
            using Process second = Start(folder);
            first.WaitForExit();
            second.WaitForExit();
            SelfCheckReport.Require(first.ExitCode == 0 && second.ExitCode == 0, $"they ended with {first.ExitCode} and {second.ExitCode}");
            List<CompiledKernel> kernels = CompileAll(compiler.With(new KernelCache(folder)));
            SelfCheckReport.Require(kernels.TrueForAll(kernel => kernel.FromCache), "a kernel was not in the cache");
            SelfCheckReport.Require(
                Directory.GetFiles(folder, "*.tmp", SearchOption.AllDirectories).Length == 0, "unfinished files were left");
            return $"{kernels.Count} modules";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Compiles everything into an empty cache and reads it back: what the first and every later start cost.</summary>
    public static string RunColdAndWarm(KernelCompiler compiler)
    {
        const double ColdSeconds = 15;
        string folder = Directory.CreateTempSubdirectory("moda-self-check-").FullName;
        try
        {
            KernelCompiler fresh = compiler.With(new KernelCache(folder));
            StringBuilder told = new();
            foreach (ElementType precision in Precisions)
            {
                int modules = 0;
                double cold = Seconds(() => modules = KernelSet.Compile(fresh, precision).Length);
                double warm = Seconds(() => KernelSet.Compile(fresh, precision));
                SelfCheckReport.Require(cold <= ColdSeconds, $"{precision} took {cold:0.0} s, more than {ColdSeconds} s");
                told.Append(
                    CultureInfo.InvariantCulture, $"{precision}: {modules} modules in {cold:0.00} s, from the cache in {warm:0.000} s. ");
            }

            return told.ToString();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static List<CompiledKernel> CompileAll(KernelCompiler compiler) =>
        [.. Precisions.SelectMany(precision => KernelSet.Compile(compiler, precision))];

    private static Process Start(string folder)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The program's path is unknown.");

        // Under the dotnet host the first argument is the program's library, which the host needs again.
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        ProcessStartInfo start = new(program, Environment.GetCommandLineArgs().Skip(isHost ? 0 : 1));
        start.Environment[ChildVariable] = folder;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
    }
}

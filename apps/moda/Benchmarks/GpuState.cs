using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Moda.Kernels.Cuda;

namespace Moda.Cli.Benchmarks;

/// <summary>A GPU's driver and clocks, as <c>nvidia-smi</c> tells them while the GPU works.</summary>
/// <param name="Driver">The display driver's release.</param>
/// <param name="MultiprocessorClock">MHz.</param>
/// <param name="MemoryClock">MHz.</param>
internal sealed record GpuState(string? Driver, int? MultiprocessorClock, int? MemoryClock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Nothing is known.</summary>
    public static GpuState Unknown { get; } = new(null, null, null);

    /// <summary>Asks for the state while some work keeps the GPU busy: an idle one has lower clocks.</summary>
    /// <param name="gpu">The GPU.</param>
    /// <param name="work">Queues some work and waits for it.</param>
    /// <returns>The state; <see cref="Unknown"/> where nvidia-smi is missing or fails.</returns>
    public static GpuState Read(CudaDevice gpu, Action work)
    {
        var start = new ProcessStartInfo("nvidia-smi") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])["--id=" + gpu.Uuid, "--query-gpu=driver_version,clocks.sm,clocks.mem", "--format=csv,noheader,nounits"])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using Process? process = Process.Start(start);
            if (process is null)
            {
                return Unknown;
            }

            long begin = Stopwatch.GetTimestamp();
            while (!process.HasExited && Stopwatch.GetElapsedTime(begin) < Patience)
            {
                work();
            }

            return process.HasExited && process.ExitCode == 0 ? Parse(process.StandardOutput.ReadToEnd()) : Unknown;
        }
        catch (Win32Exception)
        {
            return Unknown;
        }
    }

    /// <summary>Reads a line of nvidia-smi's, such as <c>580.65.06, 1980, 3201</c>. What is not supported there is no number.</summary>
    public static GpuState Parse(string line) => line.Trim().Split(',', StringSplitOptions.TrimEntries) is [string driver, string multiprocessors, string memory]
        ? new GpuState(driver, Number(multiprocessors), Number(memory))
        : Unknown;

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}

using System.Diagnostics;
using Moda.Kernels;
using Moda.Kernels.Cuda;

namespace Moda.Cli.Benchmarks;

/// <summary>What was measured: the median of some measurements, each the mean of runs in a row.</summary>
/// <param name="Median">Seconds of one run.</param>
/// <param name="Spread">The longest measurement less the shortest, as a share of the median.</param>
/// <param name="Measurements">How many measurements there were.</param>
/// <param name="Runs">Runs in each.</param>
internal readonly record struct Measured(double Median, double Spread, int Measurements, int Runs);

/// <summary>Times runs on a device: on a GPU by its events, on a CPU by the clock on the wall. One thread at a time.</summary>
internal sealed class RunTimer : IDisposable
{
    private const int FewMeasurements = 3;
    private const int MostRuns = 1000;

    private readonly Device device;
    private readonly CudaTimer? events;

    /// <summary>Prepares a timer; it is disposed before the device.</summary>
    public RunTimer(Device device)
    {
        this.device = device;
        events = (device as CudaDevice)?.CreateTimer();
    }

    /// <summary>What measures, for reports.</summary>
    public string Source => events is null ? "wall clock" : "CUDA events";

    /// <summary>Seconds of one run, as the mean of runs in a row.</summary>
    /// <param name="run">Queues the work.</param>
    /// <param name="runs">How many.</param>
    public double Time(Action run, int runs)
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        events?.Start();
        for (int time = 0; time < runs; time++)
        {
            run();
        }

        if (events is not null)
        {
            return events.Stop() / runs;
        }

        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
    }

    /// <summary>Measures a run that has been carried out before.</summary>
    /// <param name="run">Queues the work.</param>
    /// <param name="expected">Seconds that it takes, roughly.</param>
    /// <param name="secondsEach">How long a measurement should take; a run that takes longer is measured three times, alone.</param>
    /// <param name="measurements">Measurements otherwise.</param>
    public Measured Measure(Action run, double expected, double secondsEach, int measurements)
    {
        int runs = (int)Math.Clamp(secondsEach / expected, 1, MostRuns);
        double[] seconds = [.. Enumerable.Range(0, runs > 1 ? measurements : FewMeasurements).Select(_ => Time(run, runs)).Order()];
        double median = seconds[seconds.Length / 2];
        return new Measured(median, (seconds[^1] - seconds[0]) / median, seconds.Length, runs);
    }

    /// <inheritdoc/>
    public void Dispose() => events?.Dispose();
}

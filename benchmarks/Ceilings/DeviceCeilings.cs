using System.Diagnostics;
using System.Globalization;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;

namespace Moda.Benchmarks.Ceilings;

/// <summary>What a device can do at best, measured in the run whose figures are compared with it.</summary>
/// <param name="OperationsPerSecond">Floating-point operations.</param>
/// <param name="BytesPerSecond">Read and written.</param>
/// <param name="Source">How the first was measured.</param>
internal sealed record DeviceCeilings(double OperationsPerSecond, double BytesPerSecond, string Source)
{
    private const int Repetitions = 5;

    /// <summary>Measures both: the fastest of five.</summary>
    public static DeviceCeilings Measure(Device device)
    {
        bool isCpu = device is CpuDevice;

        // Far more than caches hold, on either.
        double copy = Copy(device, isCpu ? 32 << 20 : 128 << 20);
        return isCpu
            ? new(MultiplyAddPeak.Measure(((CpuDevice)device).ThreadCount) * 1e9, copy, "multiply-adds in registers")
            : new(MatrixProduct(device, 8192), copy, "a matrix product of 8192^3");
    }

    /// <summary>The share of its ceiling that some work reaches: that of the ceiling which is nearer.</summary>
    public double ShareOf(double operations, double bytes, double seconds) =>
        Math.Max(operations / OperationsPerSecond, bytes / BytesPerSecond) / seconds;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{OperationsPerSecond / 1e12:0.000} TFLOP/s ({Source}), {BytesPerSecond / 1e9:0.0} GB/s (a copy, reads and writes)");

    private static double MatrixProduct(Device device, int size)
    {
        using var store = new ParameterStore(device);
        float[] values = Values(size * size);
        LinearWeights weights = store.Linear(values, [], size, size);
        using var pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor input = workspace.Allocate(size, size);
            workspace.Linear(input, weights);
            return input;
        });
        device.Write(values, pass.Ports);
        return 2.0 * size * size * size / Fastest(device, pass);
    }

    private static double Copy(Device device, int elements)
    {
        using var pass = new ForwardPass<Tensor>(device, workspace =>
        {
            Tensor input = workspace.Allocate(elements / 1024, 1024);
            workspace.Copy(input, workspace.Allocate(input.Shape));
            return input;
        });
        device.Write(Values(elements), pass.Ports);
        return 2.0 * elements * device.ActivationType.SizeInBytes() / Fastest(device, pass);
    }

    private static double Fastest(Device device, ForwardPass<Tensor> pass)
    {
        // The second run records; what it recorded is run before it is timed.
        pass.Run();
        pass.Run();
        pass.Run();
        device.Synchronize();
        double best = double.PositiveInfinity;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            long start = Stopwatch.GetTimestamp();
            pass.Run();
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static float[] Values(int count)
    {
        var random = new Random(5);
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}

using ILGPU.Runtime;
using Moda.Kernels.Cpu;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Ilgpu;
using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Testing;
using Moda.Testing.Devices;
using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>A device that the conformance suite runs on, and how exact it must be.</summary>
/// <param name="Name">What test names show.</param>
/// <param name="Create">Opens it.</param>
/// <param name="ErrorFloor">The relative L2 error that its storage format allows any op: two units in the last place.</param>
/// <param name="AllocatesOnCaller">
/// Whether all the managed code of an op runs on the calling thread, so that its allocations can be counted there.
/// </param>
internal sealed record TestDevice(string Name, Func<Device> Create, double ErrorFloor, bool AllocatesOnCaller)
{
    private const double Float32Floor = 2.4e-7;
    private const double Float16Floor = 2e-3;

    /// <summary>Why there is no CUDA device; null where there is one.</summary>
    public static string? CudaProblem { get; } = CudaDevices.Enumerate().Problem?.Split(';')[0];

    /// <summary>The CUDA device in both precisions.</summary>
    public static IReadOnlyList<TestDevice> Cuda { get; } = Chosen(
    [
        new("cuda-f32", () => new CudaDevice(TestGpu.Ordinal, ElementType.Float32), Float32Floor, AllocatesOnCaller: true) { Problem = CudaProblem },
        new("cuda-f16", () => new CudaDevice(TestGpu.Ordinal, ElementType.Float16), Float16Floor, AllocatesOnCaller: true) { Problem = CudaProblem },
    ]);

    /// <summary>ILGPU's simulator, and what it finds on a machine with a GPU.</summary>
    public static IReadOnlyList<TestDevice> Ilgpu { get; } = Chosen(
    [
        new("ilgpu-cpu", () => OpenIlgpu("ilgpu:cpu"), Float32Floor, AllocatesOnCaller: false) { IsSlow = true },
        new("ilgpu-cuda", () => OpenIlgpu("ilgpu:cuda"), Float32Floor, AllocatesOnCaller: true) { Problem = IlgpuProblem(AcceleratorType.Cuda) },
        new("ilgpu-opencl", () => OpenIlgpu("ilgpu:opencl"), Float32Floor, AllocatesOnCaller: false) { Problem = IlgpuProblem(AcceleratorType.OpenCL) },
    ]);

    /// <summary>
    /// Every device there could be; the CPU with several numbers of threads and with every width of vectors. The environment variable
    /// <c>MODA_TEST_DEVICES</c> names some of them; what needs another is skipped.
    /// </summary>
    public static IReadOnlyList<TestDevice> All { get; } = WithoutUnknown(Chosen(
    [
        new("cpu-1", () => new CpuDevice(1), Float32Floor, AllocatesOnCaller: true),
        new("cpu-2", () => new CpuDevice(2), Float32Floor, AllocatesOnCaller: false),
        new("cpu-3", () => new CpuDevice(3), Float32Floor, AllocatesOnCaller: false),
        new("cpu-256-bit", () => new CpuDevice(1, FloatVector256.Count), Float32Floor, AllocatesOnCaller: true),
        new("cpu-128-bit", () => new CpuDevice(1, FloatVector128.Count), Float32Floor, AllocatesOnCaller: true),
        new("plain", () => new PlainDevice(), Float32Floor, AllocatesOnCaller: true),
        .. Cuda,
        .. Ilgpu,
    ]));

    /// <summary>Devices that must give the same bits, by how many threads they use.</summary>
    public static IReadOnlyList<TestDevice> CpuThreadCounts { get; } = [.. All.Where(device => device.Name.StartsWith("cpu-", StringComparison.Ordinal)).Take(3)];

    /// <summary>Why it can't be opened here, so that its tests are skipped; null where it can.</summary>
    public string? Problem { get; private init; }

    /// <summary>Whether it simulates a GPU: all cases take many minutes.</summary>
    private bool IsSlow { get; init; }

    public override string ToString() => Name;

    /// <summary>The cases of an op that run on it: all, but for a slow device that <c>MODA_TEST_DEVICES</c> does not name.</summary>
    /// <param name="cases">All cases.</param>
    /// <param name="elementCount">How large a case is.</param>
    /// <param name="few">How many run on a slow device, taken evenly from the smaller half.</param>
    public IReadOnlyList<TCase> Choose<TCase>(IReadOnlyList<TCase> cases, Func<TCase, long> elementCount, int few)
    {
        if (!IsSlow || ChosenNames is not null)
        {
            return cases;
        }

        TCase[] small = [.. cases.OrderBy(elementCount).Take((cases.Count + 1) / 2)];
        return [.. Enumerable.Range(0, Math.Min(few, small.Length)).Select(i => small[i * small.Length / Math.Min(few, small.Length)])];
    }

    private static string[]? ChosenNames => Environment.GetEnvironmentVariable("MODA_TEST_DEVICES")?.Split(',');

    private static Device OpenIlgpu(string name) => new IlgpuProvider().Open(name, default);

    private static string? IlgpuProblem(AcceleratorType kind) =>
        AcceleratorInventory.Find().Get(new AcceleratorName(kind, 0)) is null ? $"ILGPU finds no {kind} device" : null;

    // A name that no device has would skip every test, which looks like success.
    private static IReadOnlyList<TestDevice> WithoutUnknown(IReadOnlyList<TestDevice> all) =>
        ChosenNames?.FirstOrDefault(name => !all.Any(device => device.Name == name)) is { } unknown
            ? throw new InvalidOperationException($"MODA_TEST_DEVICES names '{unknown}'; there are {string.Join(", ", all)}.")
            : all;

    private static IReadOnlyList<TestDevice> Chosen(IReadOnlyList<TestDevice> devices) => ChosenNames is not { } names
        ? devices
        : [.. devices.Select(device => names.Contains(device.Name) ? device : device with { Problem = $"MODA_TEST_DEVICES leaves {device.Name} out" })];
}

/// <summary>Devices that are opened once and shared by the tests of a class.</summary>
public sealed class DeviceFixture : IDisposable
{
    private readonly Dictionary<string, Device> open = [];

    /// <summary>The device of a given name; skips the test where there is none.</summary>
    internal Device Open(TestDevice device)
    {
        Assert.SkipUnless(device.Problem is null, device.Problem ?? string.Empty);
        lock (open)
        {
            if (!open.TryGetValue(device.Name, out Device? opened))
            {
                opened = device.Create();
                open.Add(device.Name, opened);
            }

            return opened;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Device device in open.Values)
        {
            device.Dispose();
        }
    }
}

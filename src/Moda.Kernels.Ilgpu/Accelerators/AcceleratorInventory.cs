using System.Collections.Immutable;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Moda.Kernels.Ilgpu.Accelerators;

/// <summary>The accelerators that ILGPU sees on this machine, and those that it can't use. Looking for them never throws.</summary>
internal sealed class AcceleratorInventory
{
    private const int SimulatedWarp = 2;

    private readonly ImmutableArray<ILGPU.Runtime.Device> cuda;
    private readonly ImmutableArray<ILGPU.Runtime.Device> openCl;
    private readonly List<string> problems = [];

    private AcceleratorInventory()
    {
        OpenClLibrary.Prepare();
        cuda = [.. CudaDevice.GetDevices(_ => true).OfType<CudaDevice>().Where(IsUsable)];
        openCl = [.. CLDevice.GetDevices(_ => true).OfType<CLDevice>().Where(IsUsable)];
        if (cuda.IsEmpty)
        {
            problems.Add("ilgpu:cuda: there is no NVIDIA driver, or it has no GPU");
        }

        if (openCl.IsEmpty)
        {
            problems.Add("ilgpu:opencl: no OpenCL driver has a device that ILGPU can use");
        }
    }

    /// <summary>What is missing or left out, a clause for each.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Looks for all accelerators.</summary>
    public static AcceleratorInventory Find() => new();

    /// <summary>All accelerators: their names, and what drivers call them.</summary>
    public IEnumerable<(AcceleratorName Name, string Description)> List()
    {
        for (int ordinal = 0; ordinal < cuda.Length; ordinal++)
        {
            yield return (new AcceleratorName(AcceleratorType.Cuda, ordinal), Describe(cuda[ordinal]));
        }

        for (int ordinal = 0; ordinal < openCl.Length; ordinal++)
        {
            yield return (new AcceleratorName(AcceleratorType.OpenCL, ordinal), $"{Describe(openCl[ordinal])}, {((CLDevice)openCl[ordinal]).PlatformName}");
        }

        yield return (new AcceleratorName(AcceleratorType.CPU, 0), "ILGPU's simulator, for tests");
    }

    /// <summary>The best GPU: the first of CUDA, else the first of OpenCL; null where there is none.</summary>
    public AcceleratorName? BestGpu()
    {
        int openClGpu = openCl.ToList().FindIndex(device => ((CLDevice)device).DeviceType == CLDeviceType.CL_DEVICE_TYPE_GPU);
        return !cuda.IsEmpty ? new AcceleratorName(AcceleratorType.Cuda, 0)
            : openClGpu >= 0 ? new AcceleratorName(AcceleratorType.OpenCL, openClGpu)
            : null;
    }

    /// <summary>The accelerator of a name; null where there is none.</summary>
    public ILGPU.Runtime.Device? Get(AcceleratorName name) => name.Kind switch
    {
        AcceleratorType.Cuda => cuda.ElementAtOrDefault(name.Ordinal),
        AcceleratorType.OpenCL => openCl.ElementAtOrDefault(name.Ordinal),
        AcceleratorType.CPU => new CPUDevice(SimulatedWarp, 1, Environment.ProcessorCount),
        _ => BestGpu() is { } best ? Get(best) : null,
    };

    private static string Describe(ILGPU.Runtime.Device device) =>
        $"{device.Name}: {ByteSize.Format(device.MemorySize)}, {device.NumMultiprocessors} multiprocessors";

    private bool IsUsable(CudaDevice device)
    {
        bool isUsable = device is { Architecture: not null, InstructionSet: not null };
        if (!isUsable)
        {
            problems.Add($"{device.Name} is left out: ILGPU doesn't know its architecture");
        }

        return isUsable;
    }

    private bool IsUsable(CLDevice device)
    {
        string? problem = device.CLStdVersion < CLBackend.MinimumVersion ? $"it has OpenCL C {device.CLStdVersion}, ILGPU needs {CLBackend.MinimumVersion}"
            : !device.Capabilities.GenericAddressSpace ? "it lacks OpenCL's generic address space, which ILGPU needs"
            : null;
        if (problem is not null)
        {
            problems.Add($"{device.Name} ({device.PlatformName}) is left out: {problem}");
        }

        return problem is null;
    }
}

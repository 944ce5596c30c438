using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Kernels.Selection;

namespace Moda.Kernels.Ilgpu;

/// <summary>
/// A portable device on ILGPU: NVIDIA GPUs with a driver alone (<c>ilgpu:cuda:N</c>), OpenCL devices (<c>ilgpu:opencl:N</c>), and a
/// simulator for tests (<c>ilgpu:cpu</c>). Programs that are compiled ahead of time can't use it, since ILGPU makes code at run time.
/// </summary>
public static class IlgpuDevices
{
    private static readonly Lazy<IlgpuProvider> Provider = new(() =>
    {
        var provider = new IlgpuProvider();
        DeviceSelector.Register(provider);
        return provider;
    });

    /// <summary>
    /// Adds the devices to <see cref="DeviceSelector"/> for the rest of the process; further calls do nothing. Safe to call on several
    /// threads at once.
    /// </summary>
    public static void Register() => _ = Provider.Value;

    /// <summary>What ILGPU sees on this machine and what it leaves out, a line for each. Does not throw.</summary>
    internal static IEnumerable<string> Describe()
    {
        var inventory = AcceleratorInventory.Find();
        return
        [
            .. inventory.List().Select(item => $"{item.Name} {item.Description}"),
            .. inventory.Problems.Select(problem => $"  {problem}"),
        ];
    }
}

using Moda.Kernels.Ilgpu;

namespace Moda.Cli.Devices;

internal static partial class OptionalDevices
{
    static partial void RegisterIlgpu() => IlgpuDevices.Register();

    static partial void DescribeIlgpu(TextWriter output)
    {
        foreach (string line in IlgpuDevices.Describe())
        {
            output.WriteLine(line);
        }
    }
}

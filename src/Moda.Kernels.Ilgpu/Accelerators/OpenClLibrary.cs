using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace Moda.Kernels.Ilgpu.Accelerators;

/// <summary>
/// Finds OpenCL's loader on Linux. ILGPU asks for <c>libOpenCL.so</c>, which only packages for developers have; what runs programs is
/// <c>libOpenCL.so.1</c>.
/// </summary>
internal static class OpenClLibrary
{
    private const string AskedName = "OpenCL";
    private const string LinuxName = "libOpenCL.so.1";

    // In Windows' subsystem for Linux ILGPU finds libraries by a resolver of its own, and an assembly can have only one.
    private const string SubsystemFolder = "/usr/lib/wsl/lib";

    /// <summary>Lets ILGPU find the library. Safe to call on several threads.</summary>
    public static void Prepare() => RuntimeHelpers.RunClassConstructor(typeof(Resolver).TypeHandle);

    private static class Resolver
    {
        static Resolver()
        {
            if (OperatingSystem.IsLinux() && !Directory.Exists(SubsystemFolder))
            {
                NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
            }
        }

        private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
            name == AskedName && NativeLibrary.TryLoad(LinuxName, out nint handle) ? handle : 0;
    }
}

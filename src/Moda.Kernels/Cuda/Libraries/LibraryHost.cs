using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>This machine.</summary>
internal sealed class LibraryHost : ILibraryHost
{
    public bool IsWindows => OperatingSystem.IsWindows();

    public string Root => "/";

    public string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    public bool TryLoad(string pathOrName, out nint handle) => NativeLibrary.TryLoad(pathOrName, out handle);

    public void Unload(nint handle) => NativeLibrary.Free(handle);

    public string? FindLoadedFile(string name)
    {
        using Process process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            // libcuda.so.1 is a link, and the module may have the name of its target: libcuda.so.580.65.06.
            string stem = name.Split('.', 2)[0];
            if (module.FileName is { } file && Path.GetFileName(file).StartsWith(stem + '.', StringComparison.OrdinalIgnoreCase))
            {
                return file;
            }
        }

        return null;
    }
}

using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Inventory;

/// <summary>The GPUs of this machine.</summary>
internal static class CudaDevices
{
    /// <summary>Lists every GPU and every library. Never throws for want of a GPU.</summary>
    public static CudaInventory Enumerate() => Enumerate(CudaLibraries.Locate());

    /// <summary>Lists every GPU that the libraries see.</summary>
    /// <param name="libraries">The libraries.</param>
    public static CudaInventory Enumerate(CudaLibraries libraries)
    {
        if (!libraries.HasDriver)
        {
            return new CudaInventory([], libraries.Found, null, libraries.Problem);
        }

        string release = DriverRelease(libraries.Found[0].Path) ?? string.Empty;
        try
        {
            CudaDeviceInformation[] devices = DeviceQueries.DescribeAll(libraries.Driver);
            string? problem = devices.Length == 0 ? "the NVIDIA driver works, but there is no GPU" : libraries.Problem;
            return new CudaInventory(devices, libraries.Found, release.Length == 0 ? null : release, problem);
        }
        catch (CudaException failure)
        {
            return new CudaInventory([], libraries.Found, release.Length == 0 ? null : release, failure.Message);
        }
    }

    /// <summary>The release is in the name of the file that <c>libcuda.so.1</c> links to.</summary>
    private static string? DriverRelease(string path)
    {
        try
        {
            string file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            string[] parts = Path.GetFileName(file).Split(".so.", 2);
            return parts.Length == 2 && System.Version.TryParse(parts[1], out _) ? parts[1] : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

using System.Runtime.CompilerServices;

namespace Moda.Kernels.Cuda.Interop;

/// <summary>The GPUs of this machine.</summary>
public static unsafe class CudaDevices
{
    private const int TextLength = 256;

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
            CudaDeviceInformation[] devices = Enumerate(libraries.Driver);
            string? problem = devices.Length == 0 ? "the NVIDIA driver works, but there is no GPU" : libraries.Problem;
            return new CudaInventory(devices, libraries.Found, release.Length == 0 ? null : release, problem);
        }
        catch (CudaException failure)
        {
            return new CudaInventory([], libraries.Found, release.Length == 0 ? null : release, failure.Message);
        }
    }

    /// <summary>Lists every GPU that a driver sees.</summary>
    /// <exception cref="CudaException">The driver refused a question.</exception>
    internal static CudaDeviceInformation[] Enumerate(DriverApi driver)
    {
        int count;
        driver.Check(driver.DeviceGetCount(&count), "cuDeviceGetCount");
        return [.. Enumerable.Range(0, count).Select(ordinal => Describe(driver, ordinal))];
    }

    /// <summary>Describes one GPU.</summary>
    /// <exception cref="CudaException">There is no such GPU.</exception>
    internal static CudaDeviceInformation Describe(DriverApi driver, int ordinal)
    {
        string label = $"cuda:{ordinal}";
        int device;
        driver.Check(driver.DeviceGet(&device, ordinal), "cuDeviceGet", label);
        byte* text = stackalloc byte[TextLength];
        driver.Check(driver.DeviceGetName(text, TextLength, device), "cuDeviceGetName", label);
        string name = new((sbyte*)text);
        driver.Check(driver.DeviceGetPciBusId(text, TextLength, device), "cuDeviceGetPCIBusId", label);
        string busId = new((sbyte*)text);
        nuint memory;
        driver.Check(driver.DeviceTotalMemory(&memory, device), "cuDeviceTotalMem_v2", label);
        Unsafe.SkipInit(out DeviceUuid uuid);
        driver.Check(driver.DeviceGetUuid(&uuid, device), "cuDeviceGetUuid_v2", label);
        return new CudaDeviceInformation(
            ordinal,
            name,
            new Version(
                GetAttribute(driver, device, DeviceAttribute.ComputeCapabilityMajor),
                GetAttribute(driver, device, DeviceAttribute.ComputeCapabilityMinor)),
            (long)memory,
            GetAttribute(driver, device, DeviceAttribute.MultiprocessorCount),
            GetAttribute(driver, device, DeviceAttribute.L2CacheSize),
            GetAttribute(driver, device, DeviceAttribute.MaximumSharedMemoryPerBlockOptIn),
            uuid.ToString(),
            busId);
    }

    private static int GetAttribute(DriverApi driver, int device, DeviceAttribute attribute)
    {
        int value;
        driver.Check(driver.DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
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

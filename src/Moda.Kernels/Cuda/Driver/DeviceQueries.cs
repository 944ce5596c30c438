using System.Runtime.CompilerServices;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>Asks the driver about the machine's GPUs.</summary>
internal static unsafe class DeviceQueries
{
    private const int TextLength = 256;

    /// <summary>Describes every GPU that a driver sees.</summary>
    /// <exception cref="CudaException">The driver refused a question.</exception>
    public static CudaDeviceInformation[] DescribeAll(DriverApi driver)
    {
        int count;
        driver.Check(driver.DeviceGetCount(&count), "cuDeviceGetCount");
        return [.. Enumerable.Range(0, count).Select(ordinal => Describe(driver, ordinal))];
    }

    /// <summary>Describes one GPU.</summary>
    /// <exception cref="CudaException">There is no such GPU.</exception>
    public static CudaDeviceInformation Describe(DriverApi driver, int ordinal)
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
}

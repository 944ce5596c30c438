using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>Whose context a <see cref="CudaContext"/> is.</summary>
internal enum ContextOwnership
{
    /// <summary>Its own: a fault in it leaves the others of the process alone, and it can be replaced by a new one.</summary>
    Own,

    /// <summary>The process' primary context of the device, shared with every library that uses the CUDA runtime.</summary>
    Primary,
}

/// <summary>
/// A context on one GPU: everything allocated or loaded belongs to one, and is released before it whatever the order of
/// disposal. Calls that create something enter the context by themselves; calls that queue work want it entered.
/// </summary>
internal sealed unsafe class CudaContext : CudaHandle
{
    private readonly ContextOwnership ownership;
    private readonly int device;

    private CudaContext(nint handle, DriverApi driver, CudaDeviceInformation information, int device, ContextOwnership ownership)
        : base(handle, parent: null)
    {
        Driver = driver;
        Device = information;
        this.device = device;
        this.ownership = ownership;
    }

    /// <summary>The driver.</summary>
    public DriverApi Driver { get; }

    /// <summary>The GPU.</summary>
    public CudaDeviceInformation Device { get; }

    /// <summary>Creates a context.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">The GPU's number.</param>
    /// <param name="ownership">Whose context it is.</param>
    /// <exception cref="CudaException">There is no such GPU, or it has no memory left for a context.</exception>
    public static CudaContext Create(DriverApi driver, int ordinal, ContextOwnership ownership = ContextOwnership.Own)
    {
        CudaDeviceInformation information = DeviceQueries.Describe(driver, ordinal);
        int device;
        driver.Check(driver.DeviceGet(&device, ordinal), "cuDeviceGet", information.Label);
        nint handle;
        if (ownership == ContextOwnership.Primary)
        {
            driver.Check(driver.DevicePrimaryContextRetain(&handle, device), "cuDevicePrimaryCtxRetain", information.Label);
        }
        else
        {
            driver.Check(
                driver.ContextCreate(&handle, ContextFlags.ScheduleAutomatically, device), "cuCtxCreate_v2", information.Label);

            // The driver made it current on this thread, where it may not stay.
            nint popped;
            _ = driver.ContextPopCurrent(&popped);
        }

        return new CudaContext(handle, driver, information, device, ownership);
    }

    /// <summary>Makes the context current on this thread until the scope is disposed, on the same thread.</summary>
    /// <exception cref="CudaException">The context is lost.</exception>
    public ContextScope Enter()
    {
        Check(Driver.ContextPushCurrent(Value), "cuCtxPushCurrent_v2");
        return new ContextScope(Driver);
    }

    /// <summary>Waits for everything queued on the context.</summary>
    /// <exception cref="CudaException">A kernel that ran before failed.</exception>
    public void Synchronize()
    {
        using ContextScope scope = Enter();
        Check(Driver.ContextSynchronize(), "cuCtxSynchronize");
    }

    /// <summary>Bytes of device memory that are free, and that there are.</summary>
    public (long Free, long Total) GetMemory()
    {
        using ContextScope scope = Enter();
        nuint free, total;
        Check(Driver.MemoryGetInformation(&free, &total), "cuMemGetInfo_v2");
        return ((long)free, (long)total);
    }

    /// <summary>A property of the GPU.</summary>
    public int GetAttribute(DeviceAttribute attribute)
    {
        int value;
        Check(Driver.DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>Throws, with the device's name, unless a driver call succeeded.</summary>
    public void Check(int status, string call) => Driver.Check(status, call, Device.Label);

    /// <summary>The exception for a driver call that failed.</summary>
    public CudaException Failure(int status, string call, string? details) =>
        Driver.Failure(status, call, Device.Label, details);

    /// <summary>Releases something that belongs to the context, which may have been disposed already but is still there.</summary>
    internal int ReleaseInside(delegate* unmanaged<nint, int> release, nint child)
    {
        int status = Driver.ContextPushCurrent(ValueForChildren);
        if (status != 0)
        {
            return status;
        }

        status = release(child);
        nint popped;
        _ = Driver.ContextPopCurrent(&popped);
        return status;
    }

    /// <inheritdoc/>
    protected override int Release() => ownership == ContextOwnership.Primary
        ? Driver.DevicePrimaryContextRelease(device)
        : Driver.ContextDestroy(handle);
}

/// <summary>The time during which a context is current on a thread.</summary>
internal readonly unsafe ref struct ContextScope(DriverApi driver)
{
    /// <summary>Makes the thread's previous context current again.</summary>
    public void Dispose()
    {
        nint popped;
        _ = driver.ContextPopCurrent(&popped);
    }
}

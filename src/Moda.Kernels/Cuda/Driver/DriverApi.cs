using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>
/// The CUDA driver API. Each field is one exported function, under the name of exactly the version that is meant
/// (<c>_v2</c> where the plain name is the old 32-bit one), so that CUDA 12 and 13 drivers give the same function.
/// Handles are passed as addresses; the classes derived from <see cref="CudaHandle"/> own them.
/// </summary>
/// <remarks>
/// Signatures: CUDA Driver API reference, the sections named below. A <c>CUdevice</c> and a <c>CUresult</c> are <c>int</c>,
/// a <c>CUdeviceptr</c> is <c>ulong</c>, a <c>size_t</c> is <c>nuint</c>, every other handle is <c>nint</c>.
/// </remarks>
internal sealed unsafe class DriverApi : NativeApi
{
    // Error handling, initialization, version.
    public readonly delegate* unmanaged<int, byte**, int> GetErrorName;
    public readonly delegate* unmanaged<int, byte**, int> GetErrorString;
    public readonly delegate* unmanaged<uint, int> Initialize;
    public readonly delegate* unmanaged<int*, int> DriverGetVersion;

    // Device management.
    public readonly delegate* unmanaged<int*, int> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, int> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetName;
    public readonly delegate* unmanaged<DeviceUuid*, int, int> DeviceGetUuid;
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetPciBusId;
    public readonly delegate* unmanaged<nuint*, int, int> DeviceTotalMemory;
    public readonly delegate* unmanaged<int*, DeviceAttribute, int, int> DeviceGetAttribute;

    // Primary context, context management.
    public readonly delegate* unmanaged<nint*, int, int> DevicePrimaryContextRetain;
    public readonly delegate* unmanaged<int, int> DevicePrimaryContextRelease;
    public readonly delegate* unmanaged<nint*, ContextFlags, int, int> ContextCreate;
    public readonly delegate* unmanaged<nint, int> ContextDestroy;
    public readonly delegate* unmanaged<nint, int> ContextPushCurrent;
    public readonly delegate* unmanaged<nint*, int> ContextPopCurrent;
    public readonly delegate* unmanaged<int> ContextSynchronize;

    // Module management.
    public readonly delegate* unmanaged<nint*, byte*, int> ModuleLoadData;
    public readonly delegate* unmanaged<nint, int> ModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction;
    public readonly delegate* unmanaged<ulong*, nuint*, nint, byte*, int> ModuleGetGlobal;

    // Memory management.
    public readonly delegate* unmanaged<nuint*, nuint*, int> MemoryGetInformation;
    public readonly delegate* unmanaged<ulong*, nuint, int> MemoryAllocate;
    public readonly delegate* unmanaged<ulong, int> MemoryFree;
    public readonly delegate* unmanaged<void**, nuint, PinnedMemoryFlags, int> MemoryHostAllocate;
    public readonly delegate* unmanaged<void*, int> MemoryFreeHost;
    public readonly delegate* unmanaged<ulong, void*, nuint, nint, int> CopyHostToDeviceAsync;
    public readonly delegate* unmanaged<void*, ulong, nuint, nint, int> CopyDeviceToHostAsync;
    public readonly delegate* unmanaged<ulong, ulong, nuint, nint, int> CopyDeviceToDeviceAsync;
    public readonly delegate* unmanaged<ulong, byte, nuint, nint, int> FillBytesAsync;
    public readonly delegate* unmanaged<ulong, uint, nuint, nint, int> FillWordsAsync;

    // Stream management.
    public readonly delegate* unmanaged<nint*, StreamFlags, StreamPriority, int> StreamCreateWithPriority;
    public readonly delegate* unmanaged<nint, int> StreamDestroy;
    public readonly delegate* unmanaged<nint, int> StreamSynchronize;
    public readonly delegate* unmanaged<nint, nint, uint, int> StreamWaitEvent;
    public readonly delegate* unmanaged<nint, CaptureMode, int> StreamBeginCapture;
    public readonly delegate* unmanaged<nint, nint*, int> StreamEndCapture;
    public readonly delegate* unmanaged<nint, CaptureStatus*, int> StreamIsCapturing;

    // Event management.
    public readonly delegate* unmanaged<nint*, EventFlags, int> EventCreate;
    public readonly delegate* unmanaged<nint, int> EventDestroy;
    public readonly delegate* unmanaged<nint, nint, int> EventRecord;
    public readonly delegate* unmanaged<nint, int> EventQuery;
    public readonly delegate* unmanaged<nint, int> EventSynchronize;
    public readonly delegate* unmanaged<float*, nint, nint, int> EventElapsedTime;

    // Execution control, occupancy.
    public readonly delegate* unmanaged<int*, FunctionAttribute, nint, int> FunctionGetAttribute;
    public readonly delegate* unmanaged<nint, FunctionAttribute, int, int> FunctionSetAttribute;
    public readonly delegate* unmanaged<int*, nint, int, nuint, int> OccupancyMaximumActiveBlocks;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel;
    public readonly delegate* unmanaged<NativeLaunchConfiguration*, nint, void**, void**, int> LaunchKernelEx;

    // Graph management.
    public readonly delegate* unmanaged<nint*, nint, ulong, int> GraphInstantiateWithFlags;
    public readonly delegate* unmanaged<nint, nint, int> GraphLaunch;
    public readonly delegate* unmanaged<nint, nint*, nuint*, int> GraphGetNodes;
    public readonly delegate* unmanaged<nint, int> GraphDestroy;
    public readonly delegate* unmanaged<nint, int> GraphExecDestroy;

    // Tensor map management.
    public readonly delegate* unmanaged<
        TensorMap*, TensorMapDataType, uint, void*, ulong*, ulong*, uint*, uint*,
        TensorMapInterleave, TensorMapSwizzle, TensorMapL2Promotion, TensorMapFill, int> TensorMapEncodeTiled;
    public readonly delegate* unmanaged<
        TensorMap*, TensorMapDataType, uint, void*, ulong*, ulong*, int*, int*, uint, uint, uint*,
        TensorMapInterleave, TensorMapSwizzle, TensorMapL2Promotion, TensorMapFill, int> TensorMapEncodeIm2Col;

    /// <summary>Looks up every function.</summary>
    /// <exception cref="CudaUnavailableException">The driver is older than CUDA 12.</exception>
    public DriverApi(IFunctionSource source)
    {
        GetErrorName = (delegate* unmanaged<int, byte**, int>)source.GetFunction("cuGetErrorName");
        GetErrorString = (delegate* unmanaged<int, byte**, int>)source.GetFunction("cuGetErrorString");
        Initialize = (delegate* unmanaged<uint, int>)source.GetFunction("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, int>)source.GetFunction("cuDriverGetVersion");

        DeviceGetCount = (delegate* unmanaged<int*, int>)source.GetFunction("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, int>)source.GetFunction("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)source.GetFunction("cuDeviceGetName");
        DeviceGetUuid = (delegate* unmanaged<DeviceUuid*, int, int>)source.GetFunction("cuDeviceGetUuid_v2");
        DeviceGetPciBusId = (delegate* unmanaged<byte*, int, int, int>)source.GetFunction("cuDeviceGetPCIBusId");
        DeviceTotalMemory = (delegate* unmanaged<nuint*, int, int>)source.GetFunction("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, DeviceAttribute, int, int>)source.GetFunction("cuDeviceGetAttribute");

        DevicePrimaryContextRetain = (delegate* unmanaged<nint*, int, int>)source.GetFunction("cuDevicePrimaryCtxRetain");
        DevicePrimaryContextRelease = (delegate* unmanaged<int, int>)source.GetFunction("cuDevicePrimaryCtxRelease_v2");
        ContextCreate = (delegate* unmanaged<nint*, ContextFlags, int, int>)source.GetFunction("cuCtxCreate_v2");
        ContextDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cuCtxDestroy_v2");
        ContextPushCurrent = (delegate* unmanaged<nint, int>)source.GetFunction("cuCtxPushCurrent_v2");
        ContextPopCurrent = (delegate* unmanaged<nint*, int>)source.GetFunction("cuCtxPopCurrent_v2");
        ContextSynchronize = (delegate* unmanaged<int>)source.GetFunction("cuCtxSynchronize");

        ModuleLoadData = (delegate* unmanaged<nint*, byte*, int>)source.GetFunction("cuModuleLoadData");
        ModuleUnload = (delegate* unmanaged<nint, int>)source.GetFunction("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)source.GetFunction("cuModuleGetFunction");
        ModuleGetGlobal = (delegate* unmanaged<ulong*, nuint*, nint, byte*, int>)source.GetFunction("cuModuleGetGlobal_v2");

        MemoryGetInformation = (delegate* unmanaged<nuint*, nuint*, int>)source.GetFunction("cuMemGetInfo_v2");
        MemoryAllocate = (delegate* unmanaged<ulong*, nuint, int>)source.GetFunction("cuMemAlloc_v2");
        MemoryFree = (delegate* unmanaged<ulong, int>)source.GetFunction("cuMemFree_v2");
        MemoryHostAllocate = (delegate* unmanaged<void**, nuint, PinnedMemoryFlags, int>)source.GetFunction("cuMemHostAlloc");
        MemoryFreeHost = (delegate* unmanaged<void*, int>)source.GetFunction("cuMemFreeHost");
        CopyHostToDeviceAsync = (delegate* unmanaged<ulong, void*, nuint, nint, int>)source.GetFunction("cuMemcpyHtoDAsync_v2");
        CopyDeviceToHostAsync = (delegate* unmanaged<void*, ulong, nuint, nint, int>)source.GetFunction("cuMemcpyDtoHAsync_v2");
        CopyDeviceToDeviceAsync = (delegate* unmanaged<ulong, ulong, nuint, nint, int>)source.GetFunction("cuMemcpyDtoDAsync_v2");
        FillBytesAsync = (delegate* unmanaged<ulong, byte, nuint, nint, int>)source.GetFunction("cuMemsetD8Async");
        FillWordsAsync = (delegate* unmanaged<ulong, uint, nuint, nint, int>)source.GetFunction("cuMemsetD32Async");

        StreamCreateWithPriority = (delegate* unmanaged<nint*, StreamFlags, StreamPriority, int>)source.GetFunction("cuStreamCreateWithPriority");
        StreamDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, int>)source.GetFunction("cuStreamSynchronize");
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)source.GetFunction("cuStreamWaitEvent");
        StreamBeginCapture = (delegate* unmanaged<nint, CaptureMode, int>)source.GetFunction("cuStreamBeginCapture_v2");
        StreamEndCapture = (delegate* unmanaged<nint, nint*, int>)source.GetFunction("cuStreamEndCapture");
        StreamIsCapturing = (delegate* unmanaged<nint, CaptureStatus*, int>)source.GetFunction("cuStreamIsCapturing");

        EventCreate = (delegate* unmanaged<nint*, EventFlags, int>)source.GetFunction("cuEventCreate");
        EventDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cuEventDestroy_v2");
        EventRecord = (delegate* unmanaged<nint, nint, int>)source.GetFunction("cuEventRecord");
        EventQuery = (delegate* unmanaged<nint, int>)source.GetFunction("cuEventQuery");
        EventSynchronize = (delegate* unmanaged<nint, int>)source.GetFunction("cuEventSynchronize");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)source.GetFunction("cuEventElapsedTime");

        FunctionGetAttribute = (delegate* unmanaged<int*, FunctionAttribute, nint, int>)source.GetFunction("cuFuncGetAttribute");
        FunctionSetAttribute = (delegate* unmanaged<nint, FunctionAttribute, int, int>)source.GetFunction("cuFuncSetAttribute");
        OccupancyMaximumActiveBlocks = (delegate* unmanaged<int*, nint, int, nuint, int>)
            source.GetFunction("cuOccupancyMaxActiveBlocksPerMultiprocessor");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            source.GetFunction("cuLaunchKernel");
        LaunchKernelEx = (delegate* unmanaged<NativeLaunchConfiguration*, nint, void**, void**, int>)
            source.GetFunction("cuLaunchKernelEx");

        GraphInstantiateWithFlags = (delegate* unmanaged<nint*, nint, ulong, int>)source.GetFunction("cuGraphInstantiateWithFlags");
        GraphLaunch = (delegate* unmanaged<nint, nint, int>)source.GetFunction("cuGraphLaunch");
        GraphGetNodes = (delegate* unmanaged<nint, nint*, nuint*, int>)source.GetFunction("cuGraphGetNodes");
        GraphDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cuGraphDestroy");
        GraphExecDestroy = (delegate* unmanaged<nint, int>)source.GetFunction("cuGraphExecDestroy");

        TensorMapEncodeTiled = (delegate* unmanaged<
            TensorMap*, TensorMapDataType, uint, void*, ulong*, ulong*, uint*, uint*,
            TensorMapInterleave, TensorMapSwizzle, TensorMapL2Promotion, TensorMapFill, int>)
            source.GetFunction("cuTensorMapEncodeTiled");
        TensorMapEncodeIm2Col = (delegate* unmanaged<
            TensorMap*, TensorMapDataType, uint, void*, ulong*, ulong*, int*, int*, uint, uint, uint*,
            TensorMapInterleave, TensorMapSwizzle, TensorMapL2Promotion, TensorMapFill, int>)
            source.GetFunction("cuTensorMapEncodeIm2col");
        Source = source;
    }

    /// <summary>The library that the functions are of.</summary>
    public IFunctionSource Source { get; }

    /// <summary>The newest CUDA version that the driver can serve, for instance 13.0.</summary>
    public Version Version
    {
        get
        {
            int version;
            Check(DriverGetVersion(&version), "cuDriverGetVersion");
            return new Version(version / 1000, version % 1000 / 10);
        }
    }

    protected override (string Name, string Meaning) Describe(int status)
    {
        byte* name = null;
        byte* meaning = null;
        _ = GetErrorName(status, &name);
        _ = GetErrorString(status, &meaning);
        return (ReadString(name, "CUDA_ERROR"), ReadString(meaning, "an unknown status"));
    }
}

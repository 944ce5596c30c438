using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>
/// A driver without a GPU: it hands out numbers as handles, remembers which are alive and in which context calls were made,
/// and fails where a test wants it to. Its state is the process', so that its tests run one after another.
/// </summary>
internal static unsafe class FakeDriver
{
    public const string Collection = "fake driver";

    private const int InvalidContext = 201;
    private const int InvalidHandle = 400;

    private static readonly Dictionary<nint, string> AliveHandles = [];
    private static readonly Dictionary<string, int> Failures = [];
    private static readonly Stack<nint> Current = new();
    private static readonly byte* DeviceName = Persistent("Fake GPU");
    private static readonly Dictionary<int, nint> Names = new()
    {
        [2] = (nint)Persistent("CUDA_ERROR_OUT_OF_MEMORY"),
        [InvalidContext] = (nint)Persistent("CUDA_ERROR_INVALID_CONTEXT"),
        [700] = (nint)Persistent("CUDA_ERROR_ILLEGAL_ADDRESS"),
        [709] = (nint)Persistent("CUDA_ERROR_CONTEXT_IS_DESTROYED"),
        [701] = (nint)Persistent("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"),
    };

    private static readonly byte* Meaning = Persistent("what the driver says");
    private static nint Next;

    /// <summary>What was called, with the kind of handle: <c>destroy stream</c>.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>Kinds of the handles that nobody released.</summary>
    public static IReadOnlyCollection<string> Alive => AliveHandles.Values;

    /// <summary>How many contexts are current on top of each other.</summary>
    public static int Depth => Current.Count;

    /// <summary>The launch that came last.</summary>
    public static Launch LastLaunch { get; private set; }

    /// <summary>The float32 values of each copy to the device, as they were when it was queued.</summary>
    public static List<float[]> CopiesToDevice { get; } = [];

    /// <summary>Where the last tensor map was written.</summary>
    public static nint LastTensorMap { get; private set; }

    /// <summary>Forgets everything and gives a new driver.</summary>
    public static DriverApi Reset()
    {
        AliveHandles.Clear();
        Failures.Clear();
        Current.Clear();
        Calls.Clear();
        CopiesToDevice.Clear();
        Next = 0x1000;
        return new DriverApi(Library());
    }

    /// <summary>Lets a function fail from now on; 0 lets it succeed again.</summary>
    public static void Fail(string function, int status) => Failures[function] = status;

    public static FakeLibrary Library() => new("/fake/libcuda.so.1")
    {
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<int, byte**, int>)&ErrorName,
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<int, byte**, int>)&ErrorString,
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Initialize,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverVersion,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, int>)&DeviceCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&GetDeviceName,
        ["cuDeviceGetUuid_v2"] = (nint)(delegate* unmanaged<byte*, int, int>)&DeviceUuid,
        ["cuDeviceGetPCIBusId"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DevicePciBusId,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<nuint*, int, int>)&DeviceTotalMemory,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceAttribute,
        ["cuCtxCreate_v2"] = (nint)(delegate* unmanaged<nint*, uint, int, int>)&ContextCreate,
        ["cuCtxDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&ContextDestroy,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&PrimaryRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&PrimaryRelease,
        ["cuCtxPushCurrent_v2"] = (nint)(delegate* unmanaged<nint, int>)&ContextPush,
        ["cuCtxPopCurrent_v2"] = (nint)(delegate* unmanaged<nint*, int>)&ContextPop,
        ["cuStreamCreateWithPriority"] = (nint)(delegate* unmanaged<nint*, uint, int, int>)&StreamCreate,
        ["cuStreamDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&StreamDestroy,
        ["cuStreamSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&StreamSynchronize,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, int, int>)&BeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, int>)&EndCapture,
        ["cuEventCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&EventCreate,
        ["cuEventDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&EventDestroy,
        ["cuMemAlloc_v2"] = (nint)(delegate* unmanaged<nint*, nuint, int>)&MemoryAllocate,
        ["cuMemFree_v2"] = (nint)(delegate* unmanaged<nint, int>)&MemoryFree,
        ["cuMemHostAlloc"] = (nint)(delegate* unmanaged<nint*, nuint, uint, int>)&HostAllocate,
        ["cuMemcpyHtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, nint, int>)&CopyHostToDevice,
        ["cuEventRecord"] = (nint)(delegate* unmanaged<nint, nint, int>)&EventRecord,
        ["cuEventSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&EventSynchronize,
        ["cuMemFreeHost"] = (nint)(delegate* unmanaged<nint, int>)&HostFree,
        ["cuModuleLoadData"] = (nint)(delegate* unmanaged<nint*, byte*, int>)&ModuleLoad,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, int>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&ModuleFunction,
        ["cuFuncSetAttribute"] = (nint)(delegate* unmanaged<nint, int, int, int>)&FunctionSetAttribute,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&GraphInstantiate,
        ["cuGraphDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphDestroy,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphExecDestroy,
        ["cuLaunchKernel"] =
            (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)&LaunchKernel,
        ["cuLaunchKernelEx"] =
            (nint)(delegate* unmanaged<NativeLaunchConfiguration*, nint, void**, void**, int>)&LaunchKernelEx,
        ["cuTensorMapEncodeTiled"] = (nint)(delegate* unmanaged<
            TensorMap*, int, uint, void*, ulong*, ulong*, uint*, uint*, int, int, int, int, int>)&EncodeTiled,
    };

    private static byte* Persistent(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    private static int Status(string function) => Failures.GetValueOrDefault(function);

    // What the host writes through must be memory; any other handle is a number.
    private static int Create(string function, string kind, nint* handle, bool insideContext = true, nint memory = 0)
    {
        int status = insideContext && Current.Count == 0 ? InvalidContext : Status(function);
        if (status == 0)
        {
            *handle = memory != 0 ? memory : Next += 0x100;
            AliveHandles.Add(*handle, kind);
            Calls.Add("create " + kind);
        }

        return status;
    }

    private static int Destroy(string kind, nint handle, bool insideContext = true)
    {
        Calls.Add("destroy " + kind);
        if (insideContext && (Current.Count == 0 || AliveHandles.GetValueOrDefault(Current.Peek()) != "context"))
        {
            return InvalidContext;
        }

        if (AliveHandles.Remove(handle, out string? alive) && alive == kind)
        {
            return 0;
        }

        Calls.Add($"wrong release: {kind} {handle:x} is {alive ?? "released already"}");
        return InvalidHandle;
    }

    [UnmanagedCallersOnly]
    private static int ErrorName(int status, byte** name)
    {
        *name = (byte*)Names.GetValueOrDefault(status);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ErrorString(int status, byte** meaning)
    {
        *meaning = Meaning;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Initialize(uint flags) => Status("cuInit");

    [UnmanagedCallersOnly]
    private static int DriverVersion(int* version)
    {
        *version = 12080;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceCount(int* count)
    {
        *count = 2;
        return Status("cuDeviceGetCount");
    }

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int ordinal)
    {
        *device = ordinal + 40;
        return ordinal < 2 ? 0 : 101;
    }

    [UnmanagedCallersOnly]
    private static int GetDeviceName(byte* name, int length, int device)
    {
        for (int index = 0; (name[index] = DeviceName[index]) != 0; index++)
        {
        }

        return device is 40 or 41 ? 0 : 101;
    }

    [UnmanagedCallersOnly]
    private static int DeviceUuid(byte* uuid, int device)
    {
        for (int index = 0; index < 16; index++)
        {
            uuid[index] = (byte)(index * 16);
        }

        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DevicePciBusId(byte* text, int length, int device)
    {
        "0000:3b:00.0\0"u8.CopyTo(new Span<byte>(text, length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceTotalMemory(nuint* bytes, int device)
    {
        *bytes = (nuint)16 << 30;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceAttribute(int* value, int attribute, int device)
    {
        *value = attribute switch { 75 => 8, 76 => 6, 16 => 28, 38 => 3 << 20, 97 => 99 << 10, _ => -1 };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ContextCreate(nint* context, uint flags, int device)
    {
        int status = Create("cuCtxCreate_v2", "context", context, insideContext: false);
        if (status == 0)
        {
            Current.Push(*context);
        }

        return status;
    }

    [UnmanagedCallersOnly]
    private static int ContextDestroy(nint context) => Destroy("context", context, insideContext: false);

    [UnmanagedCallersOnly]
    private static int PrimaryRetain(nint* context, int device)
    {
        *context = 0x77;
        AliveHandles[0x77] = "context";
        Calls.Add("retain primary");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int PrimaryRelease(int device)
    {
        Calls.Add($"release primary of device {device}");
        AliveHandles.Remove(0x77);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ContextPush(nint context)
    {
        Current.Push(context);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ContextPop(nint* context)
    {
        *context = Current.Pop();
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int StreamCreate(nint* stream, uint flags, int priority) => Create("cuStreamCreateWithPriority", "stream", stream);

    [UnmanagedCallersOnly]
    private static int StreamDestroy(nint stream) => Destroy("stream", stream);

    [UnmanagedCallersOnly]
    private static int StreamSynchronize(nint stream) => Status("cuStreamSynchronize");

    [UnmanagedCallersOnly]
    private static int BeginCapture(nint stream, int mode) => Status("cuStreamBeginCapture_v2");

    [UnmanagedCallersOnly]
    private static int EndCapture(nint stream, nint* graph) => Create("cuStreamEndCapture", "graph", graph, insideContext: false);

    [UnmanagedCallersOnly]
    private static int EventCreate(nint* mark, uint flags) => Create("cuEventCreate", "event", mark);

    [UnmanagedCallersOnly]
    private static int EventDestroy(nint mark) => Destroy("event", mark);

    [UnmanagedCallersOnly]
    private static int MemoryAllocate(nint* address, nuint bytes) => Create("cuMemAlloc_v2", "memory", address);

    [UnmanagedCallersOnly]
    private static int MemoryFree(nint address) => Destroy("memory", address);

    [UnmanagedCallersOnly]
    private static int HostAllocate(nint* address, nuint bytes, uint flags) =>
        Create("cuMemHostAlloc", "pinned memory", address, memory: (nint)NativeMemory.AllocZeroed(bytes));

    [UnmanagedCallersOnly]
    private static int HostFree(nint address)
    {
        int status = Destroy("pinned memory", address);
        if (status == 0)
        {
            NativeMemory.Free((void*)address);
        }

        return status;
    }

    [UnmanagedCallersOnly]
    private static int CopyHostToDevice(ulong destination, void* source, nuint bytes, nint stream)
    {
        CopiesToDevice.Add(new ReadOnlySpan<float>(source, (int)(bytes / sizeof(float))).ToArray());
        return Status("cuMemcpyHtoDAsync_v2");
    }

    [UnmanagedCallersOnly]
    private static int EventRecord(nint mark, nint stream) => Status("cuEventRecord");

    [UnmanagedCallersOnly]
    private static int EventSynchronize(nint mark) => Status("cuEventSynchronize");

    [UnmanagedCallersOnly]
    private static int ModuleLoad(nint* module, byte* image) => Create("cuModuleLoadData", "module", module);

    [UnmanagedCallersOnly]
    private static int ModuleUnload(nint module) => Destroy("module", module);

    [UnmanagedCallersOnly]
    private static int ModuleFunction(nint* function, nint module, byte* name)
    {
        *function = 0xF0;
        return Status("cuModuleGetFunction");
    }

    [UnmanagedCallersOnly]
    private static int FunctionSetAttribute(nint function, int attribute, int value) => Status("cuFuncSetAttribute");

    [UnmanagedCallersOnly]
    private static int GraphInstantiate(nint* executable, nint graph, ulong flags) =>
        Create("cuGraphInstantiateWithFlags", "executable graph", executable);

    [UnmanagedCallersOnly]
    private static int GraphDestroy(nint graph) => Destroy("graph", graph);

    [UnmanagedCallersOnly]
    private static int GraphExecDestroy(nint graph) => Destroy("executable graph", graph);

    [UnmanagedCallersOnly]
    private static int LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared,
        nint stream, void** arguments, void** extra)
    {
        LastLaunch = new Launch(
            function, gridX, gridY, gridZ, blockX, blockY, blockZ, shared, stream,
            Read(arguments), new LaunchAttribute());
        return Status("cuLaunchKernel");
    }

    [UnmanagedCallersOnly]
    private static int LaunchKernelEx(NativeLaunchConfiguration* launch, nint function, void** arguments, void** extra)
    {
        LastLaunch = new Launch(
            function, launch->GridX, launch->GridY, launch->GridZ, launch->BlockX, launch->BlockY, launch->BlockZ,
            launch->DynamicSharedBytes, launch->Stream, Read(arguments), launch->Attributes[launch->AttributeCount - 1]);
        return Status("cuLaunchKernelEx");
    }

    [UnmanagedCallersOnly]
    private static int EncodeTiled(
        TensorMap* map, int type, uint rank, void* address, ulong* extents, ulong* strides, uint* box, uint* steps,
        int interleave, int swizzle, int promotion, int fill)
    {
        LastTensorMap = (nint)map;
        (*map)[0] = extents[0] + (1000 * strides[0]) + (1_000_000 * box[rank - 1]) + (1_000_000_000 * steps[rank - 1]);
        return Status("cuTensorMapEncodeTiled");
    }

    /// <summary>The first three arguments, as the test kernel takes them: an address, an int, a float.</summary>
    private static (ulong Address, int Count, float Scale) Read(void** arguments) =>
        (*(ulong*)arguments[0], *(int*)arguments[1], *(float*)arguments[2]);

    internal readonly record struct Launch(
        nint Function, uint GridX, uint GridY, uint GridZ, uint BlockX, uint BlockY, uint BlockZ, uint SharedBytes, nint Stream,
        (ulong Address, int Count, float Scale) Arguments, LaunchAttribute Attribute);
}

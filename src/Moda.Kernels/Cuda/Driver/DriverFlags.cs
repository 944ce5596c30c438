namespace Moda.Kernels.Cuda.Driver;

/// <summary><c>CUdevice_attribute</c>: the properties of a device that are asked for here.</summary>
internal enum DeviceAttribute
{
    MaximumThreadsPerBlock = 1,
    MaximumSharedMemoryPerBlock = 8,
    WarpSize = 10,
    ClockRate = 13,
    MultiprocessorCount = 16,
    L2CacheSize = 38,
    MaximumThreadsPerMultiprocessor = 39,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaximumSharedMemoryPerMultiprocessor = 81,
    MaximumSharedMemoryPerBlockOptIn = 97,
}

/// <summary><c>CUfunction_attribute</c>.</summary>
internal enum FunctionAttribute
{
    MaximumThreadsPerBlock = 0,
    StaticSharedMemory = 1,
    LocalMemory = 3,
    Registers = 4,
    BinaryVersion = 6,
    MaximumDynamicSharedMemory = 8,
    PreferredSharedMemoryCarveout = 9,
    NonPortableClusterSizeAllowed = 14,
}

/// <summary><c>CUctx_flags</c>: how a thread that waits for the device spends its time.</summary>
[Flags]
internal enum ContextFlags : uint
{
    ScheduleAutomatically = 0,
    ScheduleSpin = 1,
    ScheduleYield = 2,
    ScheduleBlocking = 4,
}

/// <summary><c>CUstream_flags</c>.</summary>
[Flags]
internal enum StreamFlags : uint
{
    Default = 0,

    /// <summary>Never waits for the legacy default stream.</summary>
    NonBlocking = 1,
}

/// <summary>Priorities of streams; lower numbers go first. The driver limits them to what the GPU has.</summary>
internal enum StreamPriority
{
    /// <summary>The highest.</summary>
    First = -5,

    /// <summary>That of a stream for which none is asked.</summary>
    Usual = 0,
}

/// <summary><c>CUevent_flags</c>.</summary>
[Flags]
internal enum EventFlags : uint
{
    Default = 0,
    BlockingSynchronization = 1,
    DisableTiming = 2,
}

/// <summary><c>CU_MEMHOSTALLOC_*</c>.</summary>
[Flags]
internal enum PinnedMemoryFlags : uint
{
    None = 0,

    /// <summary>Pinned for every context of the process.</summary>
    Portable = 1,

    /// <summary>Fast to write and to transfer, very slow for the host to read.</summary>
    WriteCombined = 4,
}

/// <summary><c>CUstreamCaptureMode</c>: which calls of other threads spoil a capture.</summary>
internal enum CaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary><c>CUstreamCaptureStatus</c>.</summary>
internal enum CaptureStatus
{
    None = 0,
    Active = 1,
    Invalidated = 2,
}

namespace Moda.Kernels.Selection;

/// <summary>What a device must offer.</summary>
/// <param name="Precision">How activations are stored; null for the device's own choice.</param>
/// <param name="MemoryLimit">Bytes of a GPU's own memory that may be allocated at one time; null for no limit. A device that shares the host's memory ignores it.</param>
/// <param name="Threads">Threads that the CPU uses, the caller's included; 0 for one on each processor. Other devices ignore it.</param>
public readonly record struct DeviceRequest(ElementType? Precision = null, long? MemoryLimit = null, int Threads = 0);

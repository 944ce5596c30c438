namespace Moda.Kernels.Cuda.Driver;

/// <summary>A GPU.</summary>
/// <param name="Ordinal">Its number, as in <c>cuda:1</c>.</param>
/// <param name="Name">Its name, for instance <c>NVIDIA H200</c>.</param>
/// <param name="ComputeCapability">Its generation, for instance 9.0.</param>
/// <param name="TotalMemory">Bytes of memory.</param>
/// <param name="MultiprocessorCount">How many multiprocessors it has.</param>
/// <param name="L2CacheBytes">Bytes of L2 cache.</param>
/// <param name="MaximumSharedMemory">Bytes of shared memory that one block may use at most.</param>
/// <param name="Uuid">What <c>nvidia-smi -L</c> calls it.</param>
/// <param name="PciBusId">Where it is plugged in.</param>
internal sealed record CudaDeviceInformation(
    int Ordinal,
    string Name,
    Version ComputeCapability,
    long TotalMemory,
    int MultiprocessorCount,
    int L2CacheBytes,
    int MaximumSharedMemory,
    string Uuid,
    string PciBusId)
{
    /// <summary>How errors and users name it: <c>cuda:0 NVIDIA H200</c>.</summary>
    public string Label { get; } = $"cuda:{Ordinal} {Name}";
}

namespace Moda.Kernels.Cuda.Nvrtc;

/// <summary>A compiled translation unit.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="Image">Machine code, or PTX that ends in a zero byte; what a module is loaded from.</param>
/// <param name="Log">What the compiler wrote: warnings, serialised wgmma. Empty when it came from the cache without any.</param>
/// <param name="FromCache">Whether it was on disk already.</param>
internal sealed record CompiledKernel(string Name, byte[] Image, string Log, bool FromCache);

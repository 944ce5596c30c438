using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>coordinates</c> of <c>sampling.cuh</c>: rows of coordinates in device memory.</summary>
/// <param name="Data">The address of the first row.</param>
/// <param name="Stride">Elements from one row to the next.</param>
/// <param name="Single">1 for float32, 0 for the type of activations.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KernelCoordinates(ulong Data, int Stride, int Single);

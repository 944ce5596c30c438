using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>affine_map</c> of <c>blending.cu</c>: <c>x' = XX x + XY y + X0</c>, <c>y' = YX x + YY y + Y0</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KernelAffineMap(double XX, double XY, double X0, double YX, double YY, double Y0);

using System.Runtime.InteropServices;

namespace Moda.Kernels;

/// <summary>An affine map of the plane: <c>x' = XX x + XY y + X0</c>, <c>y' = YX x + YY y + Y0</c>, between centres of pixels.</summary>
/// <param name="XX">What x adds to x'.</param>
/// <param name="XY">What y adds to x'.</param>
/// <param name="X0">x' of the origin.</param>
/// <param name="YX">What x adds to y'.</param>
/// <param name="YY">What y adds to y'.</param>
/// <param name="Y0">y' of the origin.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0);

using System.Runtime.CompilerServices;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Ilgpu.Arithmetic;

/// <summary>Elementary functions of kernels.</summary>
internal static class KernelMath
{
    /// <summary>exp(x) within 2 units in the last place.</summary>
    public static float Exp(float x) => VectorMath.Exp(new KernelFloat(x)).Value;

    /// <summary>The reciprocal of the square root, each step rounded correctly.</summary>
    public static float ReciprocalSqrt(float x) => 1 / MathF.Sqrt(x);

    /// <summary>Applies an activation.</summary>
    /// <param name="x">The value.</param>
    /// <param name="kind">An <see cref="ActivationKind"/>.</param>
    /// <param name="slope">The slope below zero of <see cref="ActivationKind.LeakyRelu"/>.</param>
    public static float Activate(float x, int kind, float slope)
    {
        if (kind == (int)ActivationKind.None)
        {
            return x;
        }

        if (kind == (int)ActivationKind.Relu)
        {
            return x < 0 ? 0 : x;
        }

        if (kind == (int)ActivationKind.LeakyRelu)
        {
            return x < 0 ? slope * x : x;
        }

        return ActivateSmoothly(x, kind);
    }

    // Not inlined: in the epilogue of a matrix kernel, which has a copy for each output of a thread, it would take most of the compiler's time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float ActivateSmoothly(float x, int kind)
    {
        var value = new KernelFloat(x);
        if (kind == (int)ActivationKind.Gelu)
        {
            return default(GeluFunction).Invoke(value).Value;
        }

        if (kind == (int)ActivationKind.GeluTanh)
        {
            return default(GeluTanhFunction).Invoke(value).Value;
        }

        return kind == (int)ActivationKind.Silu ? default(SiluFunction).Invoke(value).Value : default(SigmoidFunction).Invoke(value).Value;
    }
}

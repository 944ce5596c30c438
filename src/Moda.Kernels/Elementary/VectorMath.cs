using System.Runtime.CompilerServices;

namespace Moda.Kernels.Elementary;

/// <summary>
/// Elementary functions of float32. The polynomials are minimax fits (relative error, Lawson's iteration) made for these
/// intervals. A result depends on the element alone, not on its lane.
/// </summary>
internal static class VectorMath
{
    /// <summary>exp(x) within 2 units in the last place; 0 below -104, infinity above 89, denormal results kept, NaN passed on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts, so that n ln 2 is subtracted without rounding.
        x = TVector.Max(TVector.Broadcast(-104), TVector.Min(TVector.Broadcast(89), x));
        TVector n = TVector.Round(x * TVector.Broadcast(1.44269504f));
        TVector r = TVector.MultiplyAdd(n, TVector.Broadcast(-0.693359375f), x);
        r = TVector.MultiplyAdd(n, TVector.Broadcast(2.12194440e-4f), r);

        // exp(r) = 1 + r + r^2 P(r), within 3e-9.
        TVector p = TVector.Broadcast(1.3950481e-3f);
        p = TVector.MultiplyAdd(p, r, TVector.Broadcast(8.368883e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Broadcast(4.1666206e-2f));
        p = TVector.MultiplyAdd(p, r, TVector.Broadcast(0.16666518f));
        p = TVector.MultiplyAdd(p, r, TVector.Broadcast(0.5f));
        TVector y = TVector.MultiplyAdd(p, r * r, r) + TVector.Broadcast(1);
        return TVector.ScaleByPowerOfTwo(y, n);
    }

    /// <summary>
    /// The tail of the normal distribution, <c>Phi(-a) = (1 - erf(a / sqrt 2)) / 2</c>, for a &gt;= 0, with a small relative error
    /// down to where it underflows. Computing it as <c>1 + erf</c> would lose digits by cancellation.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector NormalTail<TVector>(TVector a)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        // Phi(-a) = exp(-a^2 / 2) t P(t) with t = 1 / (1 + a / 4); the fit holds within 1e-8 for a in [0, 15].
        TVector one = TVector.Broadcast(1);
        TVector t = one / TVector.MultiplyAdd(a, TVector.Broadcast(0.25f), one);
        TVector p = TVector.Broadcast(0.017177179f);
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(-0.06611916f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.059692957f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.017385013f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.022212794f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.08136766f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.0739026f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.09508961f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.09954634f));
        p = TVector.MultiplyAdd(p, t, TVector.Broadcast(0.09974499f));
        return Exp(a * a * TVector.Broadcast(-0.5f)) * (p * t);
    }
}

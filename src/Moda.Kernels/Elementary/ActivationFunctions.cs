using System.Runtime.CompilerServices;

namespace Moda.Kernels.Elementary;

/// <summary><see cref="ActivationKind.None"/>.</summary>
internal readonly struct IdentityFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector> => x;
}

/// <summary><see cref="ActivationKind.Relu"/>; NaN is passed on.</summary>
internal readonly struct ReluFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector> => TVector.Max(TVector.Broadcast(0), x);
}

/// <summary><see cref="ActivationKind.LeakyRelu"/>.</summary>
internal readonly struct LeakyReluFunction(float slope) : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector> => TVector.SelectNegative(x, x * TVector.Broadcast(slope), x);
}

/// <summary><see cref="ActivationKind.Gelu"/>; its limit 0 at minus infinity.</summary>
internal readonly struct GeluFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        // x Phi(x) = x Phi(-|x|) below 0 and x - x Phi(-|x|) above; beyond 15 the tail is 0, and so is its product with x.
        TVector limited = TVector.Max(TVector.Broadcast(-15), TVector.Min(TVector.Broadcast(15), x));
        TVector tail = limited * VectorMath.NormalTail(TVector.Abs(limited));
        return TVector.SelectNegative(x, tail, x - tail);
    }
}

/// <summary><see cref="ActivationKind.GeluTanh"/>: <c>(1 + tanh u) / 2 = sigmoid(2 u)</c>; its limit 0 at minus infinity.</summary>
internal readonly struct GeluTanhFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        const float NegativeTwoRootTwoOverPi = -1.5957691216f;
        TVector one = TVector.Broadcast(1);
        x = TVector.Max(TVector.Broadcast(-float.MaxValue), x);
        TVector cubic = TVector.MultiplyAdd(x * x, TVector.Broadcast(0.044715f), one) * x;
        return x / (one + VectorMath.Exp(cubic * TVector.Broadcast(NegativeTwoRootTwoOverPi)));
    }
}

/// <summary><see cref="ActivationKind.Silu"/>; its limit 0 at minus infinity.</summary>
internal readonly struct SiluFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        x = TVector.Max(TVector.Broadcast(-float.MaxValue), x);
        return x / (TVector.Broadcast(1) + VectorMath.Exp(TVector.Broadcast(0) - x));
    }
}

/// <summary><see cref="ActivationKind.Sigmoid"/>.</summary>
internal readonly struct SigmoidFunction : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>
    {
        TVector one = TVector.Broadcast(1);
        return one / (one + VectorMath.Exp(TVector.Broadcast(0) - x));
    }
}

using System.Runtime.CompilerServices;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>left + right.</summary>
internal readonly struct AddFunction : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatArithmetic<TVector> => left + right;
}

/// <summary>left right.</summary>
internal readonly struct MultiplyFunction : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatArithmetic<TVector> => left * right;
}

/// <summary>left + factor right.</summary>
internal readonly struct AddScaledFunction(float factor) : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatArithmetic<TVector> => left + TVector.Broadcast(factor) * right;
}

/// <summary>A function of two vectors, then an activation.</summary>
internal readonly struct ActivatedFunction<TFunction, TActivation>(TFunction function, TActivation activation) : IBinaryFunction
    where TFunction : unmanaged, IBinaryFunction
    where TActivation : unmanaged, IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatArithmetic<TVector> => activation.Invoke(function.Invoke(left, right));
}

/// <summary>A function of two vectors whose second one has the same value in every lane.</summary>
internal readonly struct BoundFunction<TFunction>(TFunction function, float right) : IUnaryFunction
    where TFunction : unmanaged, IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector> => function.Invoke(x, TVector.Broadcast(right));
}

using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>The body of a parallel loop over items (rows, planes, heads), generic in the width of vectors.</summary>
internal interface IVectorKernel
{
    /// <summary>Processes the items from <paramref name="start"/> up to <paramref name="end"/>, which is excluded.</summary>
    void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>;
}

/// <summary>A <see cref="IVectorKernel"/> whose results pass through an activation before they are stored.</summary>
internal interface IActivatedKernel
{
    /// <summary>Processes the items from <paramref name="start"/> up to <paramref name="end"/>, which is excluded.</summary>
    void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction;
}

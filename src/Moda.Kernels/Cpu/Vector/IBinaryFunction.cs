using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>A function of two vectors of any width, as a type, so that a loop over elements is compiled for it.</summary>
internal interface IBinaryFunction
{
    /// <summary>Applies the function to each pair of lanes.</summary>
    TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatArithmetic<TVector>;
}

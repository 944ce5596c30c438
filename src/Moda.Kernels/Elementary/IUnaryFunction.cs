namespace Moda.Kernels.Elementary;

/// <summary>A function of one vector of any width, as a type, so that a loop over elements is compiled for it.</summary>
internal interface IUnaryFunction
{
    /// <summary>Applies the function to each lane.</summary>
    TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, IFloatArithmetic<TVector>;
}

namespace Moda.Kernels.Elementary;

/// <summary>An activation as a type, so that a loop over elements is compiled for it.</summary>
internal interface IActivationFunction : IUnaryFunction;

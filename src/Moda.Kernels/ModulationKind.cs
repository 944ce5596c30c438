namespace Moda.Kernels;

/// <summary>What the outputs of a convolution are to the map of C channels that <see cref="Workspace.ConvolutionModulate"/> modulates.</summary>
public enum ModulationKind
{
    /// <summary>C gammas; beta is 0.</summary>
    Gammas = 1,

    /// <summary>C gammas, then C betas.</summary>
    GammasAndBetas = 2,
}

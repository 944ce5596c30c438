using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>Every kernel of every network, at the sizes of both presets.</summary>
internal static class NetworkKernels
{
    /// <summary>Those whose network and name contain a text, in capitals or not.</summary>
    public static IEnumerable<INetworkKernel> Containing(string text) =>
        ((IEnumerable<INetworkKernel>)[.. NetworkConvolutions.All, .. NetworkOps.All])
            .Where(kernel => kernel.ToString()!.Contains(text, StringComparison.OrdinalIgnoreCase));
}

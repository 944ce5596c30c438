namespace Moda.Architecture.Tests;

/// <summary>
/// Namespaces that circles lead through today. A circle of nothing but these does not fail the test; a namespace that is on no circle
/// any more has to be deleted here. Nothing may be added.
/// </summary>
internal static class KnownTangles
{
    private static readonly Dictionary<string, string[]> Tangles = new()
    {
        ["Moda.Kernels"] =
        [
            "Moda.Kernels",
            "Moda.Kernels.Cpu",
            "Moda.Kernels.Cpu.Kernels",
            "Moda.Kernels.Cpu.Matrix",
            "Moda.Kernels.Cpu.Vector",
            "Moda.Kernels.Cuda",
            "Moda.Kernels.Cuda.Abi",
            "Moda.Kernels.Cuda.Convolution",
            "Moda.Kernels.Cuda.CublasLt",
            "Moda.Kernels.Cuda.Driver",
            "Moda.Kernels.Cuda.Execution",
            "Moda.Kernels.Cuda.Inventory",
            "Moda.Kernels.Cuda.Kernels",
            "Moda.Kernels.Cuda.Memory",
        ],
    };

    /// <summary>The tangled namespaces of an assembly.</summary>
    public static IReadOnlySet<string> Of(string assembly) => Tangles.GetValueOrDefault(assembly, []).ToHashSet();
}

using System.Globalization;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>What NVRTC compiles for: machine code of a device, or, where it does not know the device yet, PTX.</summary>
/// <param name="Architecture">NVRTC's name: <c>sm_90a</c>, <c>compute_90</c>.</param>
/// <param name="Capability">The compute capability whose instructions kernels may use; kernels are chosen by it.</param>
internal sealed record CompilationTarget(string Architecture, Version Capability)
{
    /// <summary>
    /// The environment variable that limits kernels to an architecture, as <c>sm_80</c>, so that the kernels of older GPUs can be tried on newer
    /// ones.
    /// </summary>
    public const string LimitVariable = "MODA_CUDA_ARCHITECTURE";

    private const int Hopper = 90;
    private const string MachineCodePrefix = "sm_";

    /// <summary>Whether the result is machine code; else the driver compiles it when it is loaded.</summary>
    public bool IsMachineCode => Architecture.StartsWith(MachineCodePrefix, StringComparison.Ordinal);

    /// <summary>Whether kernels may use the instructions that only compute capability 9.0 has: products of warpgroups.</summary>
    public bool HasWarpgroupProducts => Architecture == "sm_90a";

    /// <summary>Chooses the target for a device.</summary>
    /// <param name="computeCapability">The device's.</param>
    /// <param name="supported">What the compiler knows: 75, 80, 86, 90.</param>
    /// <param name="limit">The architecture, as <c>sm_80</c>, that kernels are limited to; null for the device's own.</param>
    /// <exception cref="NotSupportedException">The device is older than the compiler's oldest, or than 7.5.</exception>
    /// <remarks>
    /// Machine code runs on devices of the same major and the same or a later minor version; features that only 9.0 has
    /// (wgmma) need the suffix <c>a</c>, and such code runs only there.
    /// </remarks>
    public static CompilationTarget For(Version computeCapability, IReadOnlyList<int> supported, string? limit = null)
    {
        const int Oldest = 75;
        int capability = (10 * computeCapability.Major) + computeCapability.Minor;
        int newest = limit is null ? capability : Math.Min(capability, ParseLimit(limit));
        int best = supported.Where(known => known >= Oldest && known <= newest).DefaultIfEmpty(0).Max();
        if (best == 0)
        {
            throw new NotSupportedException(limit is null || capability < Oldest
                ? $"The GPU has compute capability {computeCapability}; 7.5 or later is needed, and this NVRTC starts at "
                + $"{supported.DefaultIfEmpty(0).Min() / 10.0:0.0}."
                : $"{LimitVariable} limits kernels to {limit}; 7.5 or later is needed.");
        }

        string number = best.ToString(CultureInfo.InvariantCulture);
        string architecture = (best / 10 == capability / 10, best) switch
        {
            (true, Hopper) when capability == Hopper => "sm_90a",
            (true, _) => MachineCodePrefix + number,
            _ => "compute_" + number,
        };
        return new CompilationTarget(architecture, new Version(best / 10, best % 10));
    }

    private static int ParseLimit(string limit) =>
        limit.StartsWith(MachineCodePrefix, StringComparison.Ordinal)
        && int.TryParse(limit.AsSpan(MachineCodePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new NotSupportedException($"{LimitVariable} is '{limit}'; it should name an architecture, as sm_80.");
}

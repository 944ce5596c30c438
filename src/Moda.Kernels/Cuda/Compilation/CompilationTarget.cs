using System.Globalization;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>What NVRTC compiles for: machine code of a device, or, where it does not know the device yet, PTX.</summary>
/// <param name="Architecture">NVRTC's name: <c>sm_90a</c>, <c>compute_90</c>.</param>
internal sealed record CompilationTarget(string Architecture)
{
    private const int Hopper = 90;

    /// <summary>Whether the result is machine code; else the driver compiles it when it is loaded.</summary>
    public bool IsMachineCode => Architecture.StartsWith("sm_", StringComparison.Ordinal);

    /// <summary>Chooses the target for a device.</summary>
    /// <param name="computeCapability">The device's.</param>
    /// <param name="supported">What the compiler knows: 75, 80, 86, 90.</param>
    /// <exception cref="NotSupportedException">The device is older than the compiler's oldest, or than 7.5.</exception>
    /// <remarks>
    /// Machine code runs on devices of the same major and the same or a later minor version; the features of 9.0 that are its
    /// alone (wgmma) need the suffix <c>a</c>, and only run there.
    /// </remarks>
    public static CompilationTarget For(Version computeCapability, IReadOnlyList<int> supported)
    {
        const int Oldest = 75;
        int capability = (10 * computeCapability.Major) + computeCapability.Minor;
        int best = supported.Where(known => known >= Oldest && known <= capability).DefaultIfEmpty(0).Max();
        if (best == 0)
        {
            throw new NotSupportedException(
                $"The GPU has compute capability {computeCapability}; 7.5 or later is needed, and this NVRTC starts at "
                + $"{supported.DefaultIfEmpty(0).Min() / 10.0:0.0}.");
        }

        string number = best.ToString(CultureInfo.InvariantCulture);
        return new CompilationTarget((best / 10 == capability / 10, best) switch
        {
            (true, Hopper) when capability == Hopper => "sm_90a",
            (true, _) => "sm_" + number,
            _ => "compute_" + number,
        });
    }
}

using System.Globalization;
using Moda.Kernels.Tests.Conformance.Cases;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>The list of all cases.</summary>
internal static class OpCases
{
    /// <summary>Channel counts around the widths of vectors, and every one up to three of the widest.</summary>
    public static IEnumerable<int> ChannelCounts =>
        [.. Enumerable.Range(1, 49), 63, 64, 65, 95, 96, 97, 127, 128, 129, 255, 256, 257];

    /// <summary>
    /// The cases of each op; a share of them where the environment variable <c>MODA_TEST_SHARE</c> is <c>2/16</c> (the second of 16).
    /// </summary>
    public static IReadOnlyDictionary<string, OpCase[]> ByOp { get; } =
        new[]
            {
                ElementwiseCases.All, NormalizationCases.All, AttentionCases.All, StatisticsCases.All, SpatialCases.All, WarpingCases.All, MatrixCases.All,
                PartsCases.All, ModulationCases.All,
            }
            .SelectMany(cases => cases)
            .Where((_, index) => IsInShare(index))
            .GroupBy(opCase => opCase.Op)
            .ToDictionary(group => group.Key, group => group.ToArray());

    private static bool IsInShare(int index)
    {
        string[]? share = Environment.GetEnvironmentVariable("MODA_TEST_SHARE")?.Split('/');
        return share is null || index % int.Parse(share[1], CultureInfo.InvariantCulture) == int.Parse(share[0], CultureInfo.InvariantCulture) - 1;
    }
}

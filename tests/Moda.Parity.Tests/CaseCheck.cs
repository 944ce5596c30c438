using Moda.Kernels;
using Moda.Parity.Cases;
using Moda.Testing;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Computes a case and requires that each of its outputs passes.</summary>
internal static class CaseCheck
{
    /// <summary>The names of all cases of the reference.</summary>
    public static IReadOnlyList<string> AllCases { get; } =
        [.. Directory.GetFiles(TestData.Path("cases"), "*.safetensors").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Runs a case.</summary>
    /// <param name="device">Where the networks run.</param>
    /// <param name="path">The case file.</param>
    /// <param name="tolerance">The relative error to stay below; null for the kind's own.</param>
    /// <param name="passes">Decides for one result; null for <see cref="ParityResult.Passed"/>.</param>
    public static void Run(Device device, string path, double? tolerance = null, Func<ParityResult, bool>? passes = null)
    {
        using ReferenceCase reference = ReferenceCase.Open(path);

        IReadOnlyList<ParityResult> results = ParityRunner.Run(device, reference, tolerance);

        Assert.NotEmpty(results);
        Assert.Equal(reference.OutputNames.Count(), results.Count);
        Assert.All(results, result =>
        {
            TestContext.Current.SendDiagnosticMessage($"{Path.GetFileName(path)} {result.Output}: {result.RelativeError:E2}");
            bool passed = passes?.Invoke(result) ?? result.Passed;
            Assert.True(passed, $"{result.Output}: relative error {result.RelativeError:E2}, largest {result.LargestError:E2}");
        });
    }
}

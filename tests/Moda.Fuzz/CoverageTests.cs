using System.Diagnostics;
using System.Globalization;
using Moda.Fuzz.Targets;
using Xunit;

namespace Moda.Fuzz;

/// <summary>Files that evolve for minutes; only by hand, with coverage.sh.</summary>
public sealed class CoverageTests
{
    private const int Batch = 1000;

    [Fact]
    public void Checkpoints_that_evolve_are_taken_or_refused() => Evolve(() => new TorchTarget());

    [Fact]
    public void Safetensors_files_that_evolve_are_taken_or_refused() => Evolve(() => new SafetensorsTarget());

    private static void Evolve(Func<IFuzzTarget> create)
    {
        string? seconds = Environment.GetEnvironmentVariable("MODA_FUZZ_SECONDS");
        Assert.SkipWhen(string.IsNullOrEmpty(seconds), "by hand, with tests/Moda.Fuzz/coverage.sh");
        var time = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        using var run = new CoverageRun(create);
        var watch = Stopwatch.StartNew();
        int tried = 0;
        var problems = new List<string>();
        for (; watch.Elapsed < time && problems.Count == 0; tried += Batch)
        {
            problems.AddRange(FuzzRun.Try(run, tried, Batch, FuzzLimits.Default).Problems);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{run.Name}: {tried} files, {run.Branches} branches, {run.Seeds.Count} files kept");
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(run.Branches > 0, "The assembly is not instrumented: use coverage.sh.");
    }
}

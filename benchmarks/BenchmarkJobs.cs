using BenchmarkDotNet.Jobs;

namespace Moda.Benchmarks;

/// <summary>The jobs of BenchmarkDotNet by name. They run in this process, where the device is.</summary>
internal static class BenchmarkJobs
{
    private static readonly Dictionary<string, Job> ByName = new(StringComparer.Ordinal)
    {
        ["dry"] = Job.Dry,
        ["short"] = Job.ShortRun,
        ["medium"] = Job.MediumRun,
        ["long"] = Job.LongRun,
    };

    // Options by which BenchmarkDotNet adds jobs of its own, in processes of their own.
    private static readonly string[] OwnOptions = ["-j", "--job", "-r", "--runtimes", "-i", "--inProcess", "--cli", "--coreRun"];

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>A job.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static Job Of(string name) => ByName[name];

    /// <summary>The first of BenchmarkDotNet's arguments that would add a job; null for none.</summary>
    public static string? FindOwnOption(IEnumerable<string> arguments) =>
        arguments.FirstOrDefault(argument => OwnOptions.Contains(argument.Split('=')[0], StringComparer.OrdinalIgnoreCase));
}

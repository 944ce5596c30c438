using System.Diagnostics;
using System.Globalization;

namespace Moda.Fuzz;

/// <summary>Reads damaged files one after another and reports each that costs too much or fails in a way that is not documented.</summary>
internal static class FuzzRun
{
    private const int MostReported = 10;

    /// <summary>Tries files.</summary>
    /// <param name="target">The reader.</param>
    /// <param name="first">The number of the first file.</param>
    /// <param name="count">How many.</param>
    /// <param name="limits">What one may cost.</param>
    /// <returns>How many files the reader took and how many it refused, and what is wrong.</returns>
    public static FuzzReport Try(IFuzzTarget target, int first, int count, FuzzLimits limits)
    {
        // A file that ends the process stays here, as does the folder when something is wrong.
        string folder = Directory.CreateTempSubdirectory($"moda-fuzz-{target.Name}-").FullName;
        target.Prepare(folder);
        string path = Path.Combine(folder, target.FileName);
        var problems = new List<string>();
        int taken = 0;
        for (int number = first; number < first + count && problems.Count < MostReported; number++)
        {
            byte[] content = target.Make(new Random(number));
            File.WriteAllBytes(path, content);
            Outcome outcome = Read(target, path);
            for (int again = 0; again < 3 && outcome.Time > limits.Time; again++)
            {
                outcome = Read(target, path);
            }

            taken += outcome.Refusal is null ? 1 : 0;
            if (Judge(target, outcome, folder, content.Length, limits) is string problem)
            {
                string kept = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number}-{target.FileName}"));
                File.WriteAllBytes(kept, content);
                problems.Add($"{target.Name} {number} ({content.Length} bytes, kept as {kept}): {problem}");
            }
        }

        if (problems.Count == 0)
        {
            Directory.Delete(folder, recursive: true);
        }

        return new FuzzReport(taken, count - taken, problems);
    }

    private static Outcome Read(IFuzzTarget target, string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        Exception? refusal = null;
        try
        {
            target.Read(path);
        }
#pragma warning disable CA1031 // Every exception is what is looked for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            refusal = exception;
        }

        return new Outcome(refusal, watch.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string? Judge(IFuzzTarget target, Outcome outcome, string folder, int length, FuzzLimits limits)
    {
        if (outcome.Refusal is Exception exception)
        {
            if (!target.IsRefusal(exception))
            {
                return $"an exception that is not documented: {exception}";
            }

            if (!exception.Message.Contains(folder, StringComparison.Ordinal))
            {
                return $"a message that names no file: {exception.Message}";
            }

            if (exception.Message.Length > limits.MessageLength)
            {
                return $"a message of {exception.Message.Length} characters";
            }

            if (exception.Message.Any(char.IsControl))
            {
                return $"control characters in the message: {Uri.EscapeDataString(exception.Message)}";
            }
        }

        long allowed = limits.Bytes + (limits.BytesForEachByte * length);
        return outcome.Allocated > allowed ? $"{outcome.Allocated} bytes were allocated, {allowed} are allowed"
            : outcome.Time > limits.Time ? $"it took {outcome.Time}"
            : null;
    }

    private readonly record struct Outcome(Exception? Refusal, TimeSpan Time, long Allocated);
}

/// <summary>What a run found.</summary>
/// <param name="Taken">Files that were read.</param>
/// <param name="Refused">Files that were refused as documented, or otherwise.</param>
/// <param name="Problems">What is wrong, one text for each file.</param>
internal sealed record FuzzReport(int Taken, int Refused, IReadOnlyList<string> Problems);

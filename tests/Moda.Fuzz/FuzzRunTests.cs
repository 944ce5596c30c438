using Moda.Fuzz.Targets;
using Xunit;

namespace Moda.Fuzz;

/// <summary>The trial itself: it sees what it is there for, and a number stands for one file.</summary>
public sealed class FuzzRunTests
{
    private static readonly FuzzLimits Tight = new(TimeSpan.FromMilliseconds(100), 1 << 20, 1, 200);

    [Fact]
    public void Exceptions_that_are_not_documented_are_reported() =>
        Assert.Contains("not documented: System.InvalidOperationException", Problem(_ => throw new InvalidOperationException("x")), StringComparison.Ordinal);

    [Fact]
    public void Messages_without_the_file_too_long_or_with_control_characters_are_reported()
    {
        Assert.Contains("names no file", Problem(_ => throw new IOException("broken")), StringComparison.Ordinal);
        Assert.Contains("characters", Problem(path => throw new IOException(path + new string('x', 300))), StringComparison.Ordinal);
        Assert.Contains("control characters", Problem(path => throw new IOException(path + "\u001b")), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cost_too_much_are_reported()
    {
        Assert.Contains("bytes were allocated", Problem(_ => GC.KeepAlive(new byte[2 << 20])), StringComparison.Ordinal);
        Assert.Contains("it took", Problem(_ => Thread.Sleep(200)), StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_that_are_documented_are_counted()
    {
        FuzzReport report = FuzzRun.Try(new Target(path => throw new IOException(path)), 0, 5, Tight);

        Assert.Equal((0, 5, 0), (report.Taken, report.Refused, report.Problems.Count));
    }

    [Fact]
    public void A_number_stands_for_one_file()
    {
        IFuzzTarget[] targets =
        [
            new TorchTarget(), new SafetensorsTarget(), new CaseTarget(), new YamlTarget(), new AudioSettingsTarget(), new WavTarget(), new ImageTarget(),
            new LandmarkTarget(),
        ];

        Assert.All(targets, target => Assert.Equal(target.Make(new Random(7)), target.Make(new Random(7))));
        Assert.All(targets, target => Assert.NotEqual(target.Make(new Random(7)), target.Make(new Random(8))));
    }

    private static string Problem(Action<string> read)
    {
        string problem = Assert.Single(FuzzRun.Try(new Target(read), 3, 1, Tight).Problems);
        Assert.StartsWith("trial 3 ", problem, StringComparison.Ordinal);
        string kept = problem[(problem.IndexOf("kept as ", StringComparison.Ordinal) + "kept as ".Length)..problem.IndexOf("): ", StringComparison.Ordinal)];
        Assert.True(File.Exists(kept));
        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
        return problem;
    }

    private sealed class Target(Action<string> read) : IFuzzTarget
    {
        public string Name => "trial";

        public string FileName => "a.bin";

        public IReadOnlyList<byte[]> Seeds { get; } = [[1]];

        public byte[] Mutate(Random random, byte[] original) => [(byte)random.Next(256)];

        public void Read(string path) => read(path);

        public bool IsRefusal(Exception exception) => exception is IOException;
    }
}

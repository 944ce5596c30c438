using Moda.Testing;
using Moda.Weights.Conversion;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>What a conversion does to the folder that it writes to.</summary>
public sealed class ConversionFolderTests : ConversionTests
{
    [Fact]
    public void Cancellation_leaves_nothing_and_keeps_what_was_there()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new Recorder(report =>
        {
            if (report.Network == "warping_module")
            {
                cancellation.Cancel();
            }
        });

        Assert.Throws<OperationCanceledException>(() =>
            CheckpointConverter.Convert(new ConversionOptions(Fixtures, folder.File("a", "b")), progress, cancellation.Token));
        Assert.False(Directory.Exists(folder.File("a")));

        Directory.CreateDirectory(folder.File("kept"));
        File.WriteAllText(folder.File("kept", "moda.json"), "older");
        Assert.Throws<OperationCanceledException>(() =>
            CheckpointConverter.Convert(new ConversionOptions(Fixtures, folder.File("kept")) { Overwrite = true }, progress, cancellation.Token));
        Assert.Equal([folder.File("kept", "moda.json")], Directory.GetFileSystemEntries(folder.File("kept")));
        Assert.Equal("older", File.ReadAllText(folder.File("kept", "moda.json")));
    }

    [Theory]
    [InlineData("moda.json", "holds weights already")]
    [InlineData("notes.txt", "holds 'notes.txt', which is not from an earlier run")]
    [InlineData("warping_module.safetensors", "holds 'warping_module.safetensors', which is not")]
    public void A_folder_that_holds_something_is_refused_before_anything_is_read(string name, string problem)
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", name), "mine");
        string source = CopyFixtures();
        File.WriteAllText(Path.Combine(source, "moda", "net-200.pth"), "damaged");

        string message = Assert.Throws<IOException>(() => Convert(source)).Message;

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains("--overwrite", message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder.File("out", name)));
    }

    [Fact]
    public void With_overwrite_weights_are_replaced_and_other_files_stay()
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", "notes.txt"), "mine");
        File.WriteAllText(folder.File("out", "moda.json"), "older");

        Convert(new ConversionOptions(Fixtures, folder.File("out")) { Overwrite = true });

        Assert.Equal("mine", File.ReadAllText(folder.File("out", "notes.txt")));
        using WeightSet set = WeightSet.Open(folder.File("out"));
        Assert.NotEmpty(set.Networks);
    }

    [Fact]
    public void What_a_killed_process_has_left_unfinished_is_no_obstacle()
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", ".warping_module.safetensors.1.partial"), "");

        Assert.NotEmpty(Convert(new ConversionOptions(Fixtures, folder.File("out"))).Networks);
    }

    [Fact]
    public void An_input_is_never_an_output()
    {
        string source = CopyFixtures();
        string statistics = Path.Combine(folder.File("out"), "moda.json");
        Directory.CreateDirectory(folder.File("out"));
        File.Copy(TestData.Path("assets", "mean.pt"), folder.File("mean.pt"));
        File.CreateSymbolicLink(statistics, folder.File("mean.pt"));
        byte[] before = File.ReadAllBytes(statistics);

        string message = Assert.Throws<IOException>(() => Convert(
            new ConversionOptions(source, folder.File("out")) { Overwrite = true, MotionStatistics = folder.File("mean.pt") })).Message;

        Assert.Contains("its 'moda.json' is the input", message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.File("mean.pt")));
    }
}

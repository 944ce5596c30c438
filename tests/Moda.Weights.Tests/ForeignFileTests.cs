using System.Text;
using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Files that are something else than their place asks for are named as what they are, with what to do.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private const string LfsPointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0f5a\nsize 1491748377\n";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Contents => new()
    {
        { "", "it is empty" },
        { LfsPointer, "git lfs pull" },
        { "<!DOCTYPE html>\n<html><head><title>Sign in</title>", "web page (HTML)" },
        { "\u00EF\u00BB\u00BF\r\n  <HTML lang=en>", "web page (HTML)" },
        { "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "web page (HTML)" },
        { "Entry not found", "a short text" },
        { "{\"error\":\"Invalid username or password.\"}", "a short text" },
        { "\u001F\u008B\u0008\0\0\0\0\0", "gzip" },
        { "\u00FD7zXZ\0\0", "packed" },
        { "BZh91AY", "packed" },
        { "\u0028\u00B5\u002F\u00FD\0\0", "packed" },
        { new string('a', 257) + "ustar", "packed" },
        { new string('\0', 4096), "nothing but zeros" },
        { "GGUF\u0003\0\0\0", "another program" },
        { "\u0089HDF\r\n\u001A\n", "another program" },
        { "\u0093NUMPY\u0001\0", "another program" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Contents))]
    public void Each_reader_names_what_it_got(string content, string expected)
    {
        File.WriteAllBytes(folder.File("moda.json"), Encoding.Latin1.GetBytes(content));

        Assert.Contains(expected, Refusal(() => TorchCheckpoint.Open(folder.File("moda.json"))), StringComparison.Ordinal);
        Assert.Contains(expected, Refusal(() => SafetensorsFile.Open(folder.File("moda.json"))), StringComparison.Ordinal);

        // A short text may be JSON: its parser says what is wrong with it.
        string asJson = Refusal(() => WeightSet.Open(folder.Path));
        Assert.True(asJson.Contains(expected, StringComparison.Ordinal) || expected == "a short text", asJson);
    }

    [Fact]
    public void Safetensors_named_pth_and_the_reverse_are_named_as_such()
    {
        string safetensors = TestData.Case("ddim");
        string torch = TestData.Path("fixtures", "pretrained_weights", "odd", "odd.pth");
        string legacy = TestData.Path("fixtures", "pretrained_weights", "odd", "odd-legacy.pth");

        Assert.Contains("it is a safetensors file, but a PyTorch checkpoint", Refusal(() => TorchCheckpoint.Open(safetensors)), StringComparison.Ordinal);
        Assert.Contains("it is a PyTorch checkpoint", Refusal(() => SafetensorsFile.Open(torch)), StringComparison.Ordinal);
        Assert.Contains("moda convert", Refusal(() => SafetensorsFile.Open(legacy)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clone_without_git_lfs_is_refused_with_all_its_pointers()
    {
        string clone = folder.File("clone");
        foreach (string path in Directory.GetFiles(TestData.Path("fixtures", "pretrained_weights"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(clone, Path.GetRelativePath(TestData.Path("fixtures", "pretrained_weights"), path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            if (Path.GetExtension(path) is ".pth" or ".bin" && !path.Contains("motion_extractor", StringComparison.Ordinal))
            {
                File.WriteAllText(copy, LfsPointer);
            }
        }

        Directory.CreateDirectory(Path.Combine(clone, "face", "face-parsing"));
        File.WriteAllText(Path.Combine(clone, "face", "face-parsing", "79999_iter.pth"), LfsPointer);

        string message = Refusal(() => CheckpointConverter.Convert(
            new ConversionOptions(clone, folder.File("out")), cancellation: TestContext.Current.CancellationToken));

        foreach (string name in (string[])["pytorch_model.bin", "net-200.pth", "appearance_feature_extractor.pth", "warping_module.pth", "spade_generator.pth", "stitching_retargeting_module.pth", "79999_iter.pth"])
        {
            Assert.Contains(name, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("motion_extractor", message, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_set_of_weights_is_refused_with_all_its_foreign_files()
    {
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, 0, folder.Path, cancellation: TestContext.Current.CancellationToken);
        File.WriteAllText(folder.File("warping_module.safetensors"), LfsPointer);
        File.WriteAllText(folder.File("audio_encoder.safetensors"), LfsPointer);
        File.WriteAllText(folder.File("spade_generator.safetensors"), "<html>");

        string message = Refusal(() => WeightSet.Open(folder.Path));

        Assert.Contains("'audio_encoder.safetensors', 'warping_module.safetensors', each: it is a Git LFS pointer", message, StringComparison.Ordinal);
        Assert.Contains("'spade_generator.safetensors', each: it is a web page", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_devices_and_pipes_are_refused_and_not_waited_for()
    {
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            File.CreateSymbolicLink(folder.File("moda.json"), "/dev/zero");

            Assert.Contains("not an ordinary file", Refusal(() => WeightSet.Open(folder.Path)), StringComparison.Ordinal);
            Assert.Contains("not an ordinary file", Refusal(() => TorchCheckpoint.Open("/dev/zero")), StringComparison.Ordinal);
        }
    }

    private static string Refusal(Action open) => Assert.ThrowsAny<CheckpointFormatException>(open).Message;
}

using Moda.Testing;
using Xunit;

namespace Moda.Packages.Tests;

/// <summary>Programs that are published from the packages.</summary>
/// <param name="feed">The packages.</param>
public sealed class PublishTests(LocalFeed feed)
{
    private const string Program = """Console.WriteLine(typeof(Moda.Runtime.TalkingHeadEngine).Name);""";

    private const long LargestBytes = 120_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_with_all_that_it_needs_has_nothing_that_it_does_not_need()
    {
        string home = feed.CreateProgram("whole", Program, "Moda.Runtime");

        await Shell.RunAsync(home, "dotnet", "publish", "-c", "Release", "-r", "linux-x64", "--self-contained", "-o", "out", "--nologo", "-v", "quiet", "-warnaserror");

        FileInfo[] files = new DirectoryInfo(Path.Combine(home, "out")).GetFiles("*", SearchOption.AllDirectories);
        Assert.InRange(files.Sum(file => file.Length), 1, LargestBytes);
        Assert.All(files, file => Assert.True(IsForLinux(file.Name), file.Name));
        Assert.Equal(["whole.pdb"], files.Select(file => file.Name).Where(name => name.EndsWith(".pdb", StringComparison.Ordinal)));

        static bool IsForLinux(string name) => !name.EndsWith(".dylib", StringComparison.Ordinal) && !name.Contains("Skia", StringComparison.Ordinal)
            || name is "SkiaSharp.dll" or "libSkiaSharp.so";
    }

    [Theory]
    [InlineData("", "x86-64-v3", "Speed", "false")]
    [InlineData("<IlcInstructionSet>x86-64-v4</IlcInstructionSet><OptimizationPreference>Size</OptimizationPreference>", "x86-64-v4", "Size", "false")]
    [InlineData("<TieredCompilationQuickJitForLoops>true</TieredCompilationQuickJitForLoops>", "x86-64-v3", "Speed", "true")]
    public async Task A_program_that_is_compiled_ahead_of_time_has_wide_vectors(string properties, string instructions, string optimization, string quickJit)
    {
        string name = $"aot-{properties.Length}";
        string home = feed.CreateProgram(name, Program, "Moda.Runtime");
        string project = Path.Combine(home, name + ".csproj");
        string text = await File.ReadAllTextAsync(project, Token);
        await File.WriteAllTextAsync(project, text.Replace("</PropertyGroup>", $"<PublishAot>true</PublishAot><RuntimeIdentifier>linux-x64</RuntimeIdentifier>{properties}</PropertyGroup>", StringComparison.Ordinal), Token);
        await Shell.RunAsync(home, "dotnet", "restore", "-v", "quiet");

        Assert.Equal(instructions, await ValueAsync("IlcInstructionSet"));
        Assert.Equal(optimization, await ValueAsync("OptimizationPreference"));
        Assert.Equal(quickJit, await ValueAsync("TieredCompilationQuickJitForLoops"));

        async Task<string> ValueAsync(string property) => (await Shell.RunAsync(home, "dotnet", "msbuild", $"-getProperty:{property}")).Trim();
    }
}

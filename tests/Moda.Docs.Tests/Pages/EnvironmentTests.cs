using System.Text.RegularExpressions;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Pages;

/// <summary>Compares the table of environment variables with the sources.</summary>
public sealed partial class EnvironmentTests
{
    private static readonly string[] Folders = ["src", "apps", "benchmarks", "tests", "tools", "scripts", "samples"];
    private static readonly string[] Extensions = [".cs", ".sh", ".ps1", ".py", ".c"];

    [Fact]
    public void The_table_has_every_variable_of_the_sources_and_no_other()
    {
        // Names in the kernels are macros of CUDA C, which the compiler defines.
        HashSet<string> macros = [.. Files(["kernels"], [".cu", ".cuh"]).SelectMany(Names)];
        HashSet<string> expected = [.. Files(Folders, Extensions).SelectMany(Names).Except(macros)];

        HashSet<string> documented =
        [
            .. MarkdownPage.Of("docs/environment.md").TextLines.Select(line => FirstCell().Match(line.Text)).Where(match => match.Success).Select(match => match.Groups[1].Value),
        ];

        Assert.Equal(expected.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Files(string[] folders, string[] extensions) =>
        from folder in folders
        from file in Directory.EnumerateFiles(Path.Combine(TestData.Repository, folder), "*", SearchOption.AllDirectories)
        where extensions.Contains(Path.GetExtension(file)) && !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        select file;

    private static IEnumerable<string> Names(string file) => Variable().Matches(File.ReadAllText(file)).Select(match => match.Value);

    [GeneratedRegex(@"\b(OPEN_)?MODA_[A-Z][A-Z0-9_]*\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^\| `([A-Z_0-9]+)` \|")]
    private static partial Regex FirstCell();
}

using System.Text.RegularExpressions;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Pages;

/// <summary>Follows the links of all pages within the repository, and the paths that they name.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Links_lead_to_files_and_headings()
    {
        string[] broken =
        [
            .. from page in MarkdownPage.All
               from line in page.TextLines
               from Match link in Link().Matches(line.Text)
               let target = link.Groups[1].Value
               where !target.Contains("://", StringComparison.Ordinal) && !Exists(page, target)
               select $"{page.Path}:{line.Number}: {target}",
        ];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Named_source_files_exist()
    {
        string[] missing =
        [
            .. from page in MarkdownPage.All
               from line in page.TextLines
               from Match code in SourcePath().Matches(line.Text)
               let path = code.Groups[1].Value
               where !Path.Exists(Path.Combine(TestData.Repository, path))
               select $"{page.Path}:{line.Number}: {path}",
        ];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    private static bool Exists(MarkdownPage page, string target)
    {
        string[] parts = target.Split('#', 2);
        string folder = Path.GetDirectoryName(Path.Combine(TestData.Repository, page.Path))!;
        string path = parts[0].Length == 0 ? Path.Combine(TestData.Repository, page.Path) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        return Path.Exists(path) && (parts.Length == 1 || File.ReadLines(path).Any(line => line.StartsWith('#') && Anchor(line) == parts[1]));
    }

    // GitHub's anchor of a heading: lower case, without punctuation, hyphens for spaces.
    private static string Anchor(string heading) =>
        Punctuation().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src/Moda\.[A-Za-z.]+|apps|tests|tools|docs|kernels|samples|scripts|benchmarks|examples)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"[^a-z0-9 _-]")]
    private static partial Regex Punctuation();
}

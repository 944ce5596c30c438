using System.Text.RegularExpressions;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Pages;

/// <summary>Looks up the messages of the troubleshooting page in the sources.</summary>
public sealed partial class TroubleshootingTests
{
    private const int ShortestFragment = 6;

    [Fact]
    public void Every_message_stands_in_the_sources()
    {
        string sources = Sources();
        string[] unknown =
        [
            .. from line in MarkdownPage.Of("docs/troubleshooting.md").TextLines
               let cell = Symptom().Match(line.Text)
               where cell.Success
               from Match message in InlineCode().Matches(cell.Groups[1].Value)
               from fragment in Placeholder().Split(message.Groups[1].Value)
               where fragment.Trim().Length >= ShortestFragment && !sources.Contains(fragment.Trim(), StringComparison.Ordinal)
               select $"docs/troubleshooting.md:{line.Number}: no message contains '{fragment.Trim()}'.",
        ];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown));
    }

    // Long messages are sums of strings, which are joined here.
    private static string Sources() => string.Concat(
        new[] { "src", "apps", "scripts" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(TestData.Repository, folder), "*.cs", SearchOption.AllDirectories))
            .Append(Path.Combine(TestData.Repository, "moda"))
            .Select(path => Sum().Replace(File.ReadAllText(path), "").Replace("\\\"", "\"", StringComparison.Ordinal)));

    [GeneratedRegex(@"^\| (.*?) \| .* \| .* \|$")]
    private static partial Regex Symptom();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    // Words in capitals and dots stand for what differs from case to case.
    [GeneratedRegex(@"\b[A-Z]+\b|\.\.\.|'")]
    private static partial Regex Placeholder();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Sum();
}

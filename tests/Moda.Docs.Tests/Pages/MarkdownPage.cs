using System.Text.RegularExpressions;
using Moda.Testing;

namespace Moda.Docs.Tests.Pages;

/// <summary>A Markdown page of the repository, split into the parts that tests check.</summary>
public sealed partial class MarkdownPage
{
    private const int CodeIndent = 4;

    private readonly List<CodeBlock> blocks = [];
    private readonly List<PageLine> code = [];
    private readonly List<PageLine> text = [];

    private MarkdownPage(string path)
    {
        Path = path;
        string[] lines = File.ReadAllLines(System.IO.Path.Combine(TestData.Repository, path));
        string context = "";
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                int end = Array.IndexOf(lines, "```", index + 1);
                string[] content = lines[(index + 1)..end];
                blocks.Add(new CodeBlock(path, index + 2, line[3..].Trim(), context, content));
                code.AddRange(content.Select((inner, offset) => new PageLine(index + 2 + offset, inner)));
                index = end;
                context = "";
            }
            else if (ContextComment().Match(line) is { Success: true } comment)
            {
                context = comment.Groups[1].Value;
            }
            else
            {
                bool isCode = line.Length > CodeIndent && string.IsNullOrWhiteSpace(line[..CodeIndent]) && !ListItem().IsMatch(line);
                (isCode ? code : text).Add(new PageLine(index + 1, line));
            }
        }
    }

    /// <summary>All pages that people read: those of the root, docs, the libraries, the applications and the samples.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        .. Directory.GetFiles(TestData.Repository, "*.md")
            .Concat(new[] { "docs", "src", "apps", "samples" }
                .SelectMany(folder => Directory.GetFiles(System.IO.Path.Combine(TestData.Repository, folder), "*.md", SearchOption.AllDirectories)))
            .Select(path => System.IO.Path.GetRelativePath(TestData.Repository, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => new MarkdownPage(path)),
    ];

    /// <summary>The path in the repository, with forward slashes.</summary>
    public string Path { get; }

    /// <summary>The fenced code blocks.</summary>
    public IReadOnlyList<CodeBlock> Blocks => blocks;

    /// <summary>The lines of all code, fenced and indented.</summary>
    public IReadOnlyList<PageLine> CodeLines => code;

    /// <summary>All other lines.</summary>
    public IReadOnlyList<PageLine> TextLines => text;

    /// <summary>Finds a page by its path.</summary>
    public static MarkdownPage Of(string path) => All.Single(page => page.Path == path);

    /// <inheritdoc/>
    public override string ToString() => Path;

    [GeneratedRegex("^<!-- context: (.*) -->$")]
    private static partial Regex ContextComment();

    [GeneratedRegex(@"^\s*([-*]|\d+\.) ")]
    private static partial Regex ListItem();
}

/// <summary>A line of a page.</summary>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Text">The line.</param>
public readonly record struct PageLine(int Number, string Text);

/// <summary>A fenced code block.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="FirstLine">The number of the first line of code.</param>
/// <param name="Language">The language after the fence.</param>
/// <param name="Context">The names in the comment <c>&lt;!-- context: ... --&gt;</c> before the block; empty for none.</param>
/// <param name="Lines">The code.</param>
public sealed record CodeBlock(string Page, int FirstLine, string Language, string Context, IReadOnlyList<string> Lines);

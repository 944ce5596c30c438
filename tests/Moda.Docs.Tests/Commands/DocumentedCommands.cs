using System.CommandLine;
using System.Text.RegularExpressions;
using Moda.Cli;
using Moda.Docs.Tests.Pages;

namespace Moda.Docs.Tests.Commands;

/// <summary>A command of moda in a page or in the help.</summary>
/// <param name="Place">Where the command stands, for messages.</param>
/// <param name="Text">The command as it is written.</param>
/// <param name="Arguments">The arguments of moda.</param>
internal sealed record DocumentedCommand(string Place, string Text, IReadOnlyList<string> Arguments)
{
    /// <summary>Whether the command stands in a loop of the shell, whose variables are its values.</summary>
    public bool HasVariables => Text.Contains('$', StringComparison.Ordinal);
}

/// <summary>Finds the commands of moda in pages and in the help.</summary>
internal static partial class DocumentedCommands
{
    /// <summary>The commands in code blocks of pages. A backslash at the end of a line continues it.</summary>
    public static IEnumerable<DocumentedCommand> InCode()
    {
        foreach (MarkdownPage page in MarkdownPage.All)
        {
            IReadOnlyList<PageLine> lines = page.CodeLines;
            for (int index = 0; index < lines.Count; index++)
            {
                string text = lines[index].Text.Trim();
                string place = $"{page.Path}:{lines[index].Number}";
                while (text.EndsWith('\\') && index + 1 < lines.Count)
                {
                    text = text[..^1] + lines[++index].Text.Trim();
                }

                if (Read(place, text) is { } command)
                {
                    yield return command;
                }
            }
        }
    }

    /// <summary>The commands within sentences and tables, such as <c>`moda bench sessions N`</c>. They may be incomplete and name placeholders.</summary>
    public static IEnumerable<DocumentedCommand> InText() =>
        from page in MarkdownPage.All
        from line in page.TextLines
        from Match code in InlineCode().Matches(line.Text)
        let command = Read($"{page.Path}:{line.Number}", code.Groups[1].Value)
        where command is not null && !command.Text.Contains("...", StringComparison.Ordinal) && !command.Text.Contains("COMMAND", StringComparison.Ordinal)
        select command;

    /// <summary>The examples in the help of every command.</summary>
    public static IEnumerable<DocumentedCommand> InHelp() => InHelp(CommandLine.Parse([]).RootCommandResult.Command, []);

    private static IEnumerable<DocumentedCommand> InHelp(Command command, string[] path)
    {
        using var help = new StringWriter();
        CommandLine.Parse([.. path, "--help"]).Invoke(new InvocationConfiguration { Output = help });
        string place = $"moda {string.Join(' ', path)} --help";
        IEnumerable<DocumentedCommand> examples = help.ToString().Split('\n')
            .SkipWhile(line => !line.StartsWith("Examples:", StringComparison.Ordinal))
            .Select(line => Read(place, line.Trim()))
            .OfType<DocumentedCommand>();
        return examples.Concat(command.Subcommands.SelectMany(child => InHelp(child, [.. path, child.Name])));
    }

    // 'run.sh' is the script of the bundle: 'run.sh moda ...' is moda, and some of its commands have the names of moda's.
    private static DocumentedCommand? Read(string place, string text)
    {
        string[] words = [.. ShellWords.Split(text)];
        return words switch
        {
            ["moda" or "./moda", .. var rest] => new DocumentedCommand(place, text, rest),
            ["run.sh", "moda", .. var rest] => new DocumentedCommand(place, text, rest),
            ["run.sh", "parity" or "bench", ..] => new DocumentedCommand(place, text, words[1..]),
            _ => null,
        };
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();
}

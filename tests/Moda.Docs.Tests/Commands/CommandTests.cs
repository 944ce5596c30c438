using System.CommandLine;
using Moda.Cli;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Commands;

/// <summary>Parses every documented command with the real command line, and runs those that need only the repository.</summary>
public sealed class CommandTests
{
    // The working directory of these commands is the root of the repository, and those that write get a folder of their own.
    private static readonly string[] Runnable =
    [
        "moda devices",
        "moda weights synthesize --preset tiny --out weights-tiny/",
        "./moda parity stitching_case.safetensors --tolerance 1e-5",
    ];

    [Fact]
    public void Commands_in_code_and_in_the_help_are_complete()
    {
        DocumentedCommand[] commands = [.. DocumentedCommands.InCode().Where(command => !command.HasVariables), .. DocumentedCommands.InHelp()];
        Assert.True(commands.Length >= 60, $"Only {commands.Length} commands were found.");

        string[] errors =
        [
            .. from command in commands
               from error in CommandLine.Parse([.. command.Arguments.SelectMany(Expand)]).Errors
               select $"{command.Place}: {command.Text}: {error.Message}",
        ];
        Assert.True(errors.Length == 0, string.Join('\n', errors));
    }

    [Fact]
    public void Commands_in_sentences_and_loops_name_existing_commands_and_options()
    {
        DocumentedCommand[] commands = [.. DocumentedCommands.InText(), .. DocumentedCommands.InCode().Where(command => command.HasVariables)];
        Assert.True(commands.Length >= 30, $"Only {commands.Length} commands were found.");

        string[] errors =
        [
            .. from command in commands
               from word in UnknownWords(command.Arguments)
               select $"{command.Place}: {command.Text}: there is no '{word}'.",
        ];
        Assert.True(errors.Length == 0, string.Join('\n', errors));
    }

    [Fact]
    public async Task Commands_that_need_only_the_repository_run()
    {
        DocumentedCommand[] commands = [.. DocumentedCommands.InCode(), .. DocumentedCommands.InHelp()];
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Path.Combine(TestData.Repository, "examples", "parity"), "*.safetensors"))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }

        foreach (string text in Runnable)
        {
            DocumentedCommand command = Assert.Single(commands.DistinctBy(command => command.Text), command => command.Text == text);
            await Shell.RunAsync(folder.Path, "dotnet", [Path.Combine(AppContext.BaseDirectory, "moda.dll"), .. command.Arguments]);
        }
    }

    // The command and the options that do not exist. Values and placeholders are not looked at.
    private static IEnumerable<string> UnknownWords(IReadOnlyList<string> words)
    {
        Command command = CommandLine.Parse([]).RootCommandResult.Command;
        var options = new List<Option>(command.Options);
        foreach (string word in words.Select(word => word.Trim('[', ']')))
        {
            if (command.Subcommands.FirstOrDefault(child => child.Name == word) is { } child)
            {
                command = child;
                options.AddRange(child.Options);
            }
            else if (word.StartsWith('-') ? !options.Exists(option => option.Name == word || option.Aliases.Contains(word)) : command is RootCommand)
            {
                yield return word;
            }
        }
    }

    // A shell replaces a pattern by the files that match it.
    private static IEnumerable<string> Expand(string word)
    {
        string directory = Path.Combine(TestData.Repository, Path.GetDirectoryName(word) ?? "");
        return word.Contains('*', StringComparison.Ordinal) && Directory.Exists(directory)
            ? Directory.GetFiles(directory, Path.GetFileName(word))
            : [word];
    }
}

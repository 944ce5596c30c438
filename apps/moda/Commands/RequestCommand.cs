using System.CommandLine;

namespace Moda.Cli.Commands;

/// <summary>A command whose options stand in a class of their own, which reads them.</summary>
internal static class RequestCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, for the help.</param>
    /// <param name="options">All of them, in the order of the help.</param>
    /// <param name="run">Reads them and runs; gives the exit code.</param>
    public static Command Create(
        string name, string description, IEnumerable<Option> options, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(run);
        return command;
    }
}

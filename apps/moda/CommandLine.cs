using System.CommandLine;
using Moda.Cli.Commands;
using Moda.Cli.Devices;
using Moda.Cli.Terminal;
using Moda.Runtime.Faces;

namespace Moda.Cli;

/// <summary>The command line: its commands, and the one place where a failure becomes a line and an exit code.</summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new()
    {
        // A file name that starts with @ is a file name.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs one command.</summary>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        OptionalDevices.Register();
        StageProgress.Error = PlainText.Install();
        using var interruption = new Interruption();

        // Signals are heard while a command does something that waits, such as opening a pipe.
        return await Task.Run(() => RunAsync(arguments, interruption));
    }

    /// <summary>Parses a command line without running it.</summary>
    internal static ParseResult Parse(IReadOnlyList<string> arguments) => CreateRoot().Parse(arguments, Parsing);

    private static async Task<int> RunAsync(string[] arguments, Interruption interruption)
    {
        ParseResult parsed = Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(error => ErrorLine.Of(error.Message)).Distinct())
            {
                await Console.Error.WriteLineAsync($"moda: {message}");
            }

            await Console.Error.WriteLineAsync($"Try '{CommandPath(parsed)} --help'.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException || interruption.Token.IsCancellationRequested)
        {
            // What a signal has reached too, such as ffmpeg, fails in ways of its own.
            await Console.Error.WriteLineAsync("moda: cancelled");
            return interruption.Code;
        }
        catch (FaceNotFoundException exception)
        {
            await Console.Error.WriteLineAsync($"moda: {ErrorLine.Of(exception)}");
            return ExitCode.NoFace;
        }
        catch (Exception exception) when (Environment.GetEnvironmentVariable("MODA_STACK_TRACE") is null)
        {
            await Console.Error.WriteLineAsync($"moda: {ErrorLine.Of(exception)}");
            return ExitCode.Failure;
        }
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Makes a portrait talk: MoDA's networks in .NET, without Python.")
        {
            GenerateCommand.Create(),
            DubCommand.Create(),
            DriveCommand.Create(),
            PoseCommand.Create(),
            ConvertCommand.Create(),
            WeightsCommand.Create(),
            ParityCommand.Create(),
            BenchCommand.Create(),
            DevicesCommand.Create(),
            ServeCommand.Create(),
        };
        root.WithExamples(
            "moda generate --image portrait.jpg --audio speech.wav --out talking.mp4 --weights weights/",
            "moda dub --video interview.mp4 --audio translation.wav --out dubbed.mp4",
            "moda convert pretrained_weights/ weights/",
            "moda devices");
        return root;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            if (result is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command)
            {
                names.Insert(0, command.Command.Name);
            }
        }

        return string.Join(' ', names.Prepend("moda"));
    }
}

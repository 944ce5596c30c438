using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;

namespace Moda.Cli.Commands;

/// <summary><c>moda parity new</c>: the skeleton of a case of one's own, with everything that has to be filled in marked.</summary>
internal static class ParityNewCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var kind = new Argument<string>("KIND")
        {
            Description = $"What is computed: {string.Join(", ", CaseSkeleton.Known.Select(known => known.Kind))}, or a name of your own.",
        };
        var folder = new Option<string>("--out") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        var command = new Command(
            "new",
            "Writes the Python script of a case of your own, with its inputs, outputs and metadata to be filled in; for a kind of your own also the C# class that runs it.")
        {
            kind, folder,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string directory = parsed.GetRequiredValue(folder);
            foreach ((string name, string text) in CaseSkeleton.For(parsed.GetRequiredValue(kind)))
            {
                string path = Path.Combine(directory, name);
                if (File.Exists(path))
                {
                    throw new ConfigurationException($"'{path}' exists; it is not replaced. Choose another folder.");
                }

                Directory.CreateDirectory(directory);
                await File.WriteAllTextAsync(path, text, cancellation);
                Console.Out.WriteLine(path);
            }

            return ExitCode.Success;
        });
        return command.WithExamples("moda parity new stitching --out my_case/", "moda parity new two_layers --out my_network/");
    }
}

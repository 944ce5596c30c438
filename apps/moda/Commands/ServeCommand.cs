using System.CommandLine;
using Moda.Cli.Configuration;

namespace Moda.Cli.Commands;

/// <summary>
/// <c>moda serve</c>: says where the web service is. It is a program of its own, so that the command line needs no web server: <c>./moda serve</c> in
/// the repository builds and starts it instead of this command.
/// </summary>
internal static class ServeCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var command = new Command("serve", "Opens the page and the REST API on http://127.0.0.1:7860: ./moda serve in the repository.")
        {
            // The options are the service's.
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction(void (_) => throw new ConfigurationException(
            "the web service is a program of its own. Start it in the repository by './moda serve' or 'dotnet run --project apps/moda-web', or as a container; see docs/service.md."));
        return command.WithExamples("moda serve", "moda serve --device cuda --weights weights/ --data videos/");
    }
}

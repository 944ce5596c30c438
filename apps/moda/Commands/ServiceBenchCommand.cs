using System.CommandLine;
using Moda.Cli.Benchmarks;
using Moda.Cli.Benchmarks.Service;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Runtime.Audio;

namespace Moda.Cli.Commands;

/// <summary><c>moda bench service</c>: a web service that runs, seen by its clients.</summary>
internal static class ServiceBenchCommand
{
    private const string UsualAddress = "http://127.0.0.1:7860";

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var address = new Argument<Uri>("URL")
        {
            Description = "Where the service listens.",
            DefaultValueFactory = _ => new Uri(UsualAddress),
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                if (Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps))
                {
                    return parsed;
                }

                result.AddError($"'{text}' is no address of a service; {UsualAddress} is.");
                return null;
            },
        };
        var image = new Option<string>("--image") { Description = "The portrait.", HelpName = "FILE", Required = true };
        var audio = new Option<string>("--audio") { Description = "The voice of clips; live sockets say it again and again.", HelpName = "FILE", Required = true };
        Option<int> clips = new Option<int>("--clips") { Description = "Clips, one after another, behind one that does not count; 0 for none.", HelpName = "N", DefaultValueFactory = _ => 5 }
            .AcceptOnlyRange(0, 1000);
        Option<int> live = new Option<int>("--live") { Description = "Live sockets at once; 0 for none.", HelpName = "N", DefaultValueFactory = _ => 1 }.AcceptOnlyRange(0, 1000);
        Option<double> seconds = new Option<double>("--seconds") { Description = "How long each live socket speaks.", HelpName = "S", DefaultValueFactory = _ => 10 }
            .AcceptOnlyRange(0.5, 3600);
        Option<int> poses = new Option<int>("--poses") { Description = "Poses, first with one position under way, then with two; 0 for none.", HelpName = "N", DefaultValueFactory = _ => 100 }
            .AcceptOnlyRange(0, 100_000);
        Option<int?> advance = new Option<int?>("--advance") { Description = "Frames by which the motion of live sockets advances, 1 to 16. [the service's]", HelpName = "N" }.AcceptOnlyRange(1, 16);
        Option<int?> steps = new Option<int?>("--steps") { Description = "Denoising steps of clips and live sockets, 2 to 100. [the service's]", HelpName = "N" }.AcceptOnlyRange(2, 100);
        var key = new Option<string?>("--key") { Description = "The API key, where the service demands one.", HelpName = "KEY" };
        Option<bool> json = BenchOutput.Json();
        var command = new Command("service", "Times a running web service as its clients see it: first bytes of clips, lateness of live sockets, poses.")
        {
            address, image, audio, clips, live, seconds, poses, advance, steps, key, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var load = new ServiceLoad(
                await ReadAsync("--image", parsed.GetRequiredValue(image), cancellation),
                await ReadAsync("--audio", parsed.GetRequiredValue(audio), cancellation),
                await Waveform.ReadAsync(parsed.GetRequiredValue(audio), cancellation),
                parsed.GetRequiredValue(clips),
                parsed.GetRequiredValue(live),
                parsed.GetRequiredValue(seconds),
                parsed.GetRequiredValue(poses),
                parsed.GetValue(advance),
                parsed.GetValue(steps));
            bool isJson = parsed.GetValue(json);
            using var client = new ServiceClient(parsed.GetRequiredValue(address), parsed.GetValue(key));
            ServiceReport report = await new ServiceTable(client, load, isPrinted: !isJson).RunAsync(cancellation);
            if (isJson)
            {
                using Stream output = Console.OpenStandardOutput();
                report.Write(output);
                Console.Out.WriteLine();
            }

            return ExitCode.Success;
        });
        return command.WithExamples(
            "moda bench service --image portrait.jpg --audio voice.wav",
            "moda bench service http://127.0.0.1:7860 --image portrait.jpg --audio voice.wav --live 16 --seconds 60 --json",
            "moda bench service https://faces.example --key KEY --image portrait.jpg --audio voice.wav --clips 0 --poses 0 --live 16");
    }

    private static async Task<byte[]> ReadAsync(string option, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{option} '{path}' cannot be read: {error.Message}", error);
        }
    }
}

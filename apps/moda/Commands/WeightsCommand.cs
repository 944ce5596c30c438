using System.CommandLine;
using Moda.Cli.Terminal;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary><c>moda weights</c>: makes synthetic weights, checks weights, and describes them.</summary>
internal static class WeightsCommand
{
    /// <summary>Creates the command with its subcommands.</summary>
    public static Command Create() =>
        new Command("weights", "Makes synthetic weights, checks weights, or says what is in them.") { CreateSynthesize(), CreateVerify(), WeightsDescribeCommand.Create() }.WithExamples(
            "moda weights synthesize --preset tiny --out weights-tiny/",
            "moda weights verify weights/",
            "moda weights describe weights/");

    private static Command CreateSynthesize()
    {
        Option<string> preset = new Option<string>("--preset")
        {
            Description = "The widths: tiny runs anywhere, full has the published sizes (2.4 GB).",
            HelpName = "tiny|full",
            Required = true,
        }.AcceptOnlyFromAmong("tiny", "full");
        var seed = new Option<ulong>("--seed") { Description = "Which values.", HelpName = "N" };
        var folder = new Option<string>("--out") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        Option<bool> overwrite = WeightOptions.Overwrite();
        Option<string> elementType = WeightOptions.ElementType();
        var command = new Command("synthesize", "Writes weights that anyone can compute: they prove parity, but draw noise.")
        {
            preset, seed, folder, overwrite, elementType,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string destination = parsed.GetRequiredValue(folder);
            WeightPreset widths = parsed.GetRequiredValue(preset) == "tiny" ? WeightPreset.Tiny : WeightPreset.Full;
            IReadOnlyDictionary<string, NetworkFile> networks = await WeightOptions.RunAsync("Synthesizing (MB)", progress => WeightSynthesizer.Synthesize(
                widths,
                parsed.GetValue(seed),
                destination,
                WeightOptions.ToStoredType(parsed.GetRequiredValue(elementType)),
                parsed.GetValue(overwrite),
                progress,
                cancellation));
            WeightOptions.Print(networks, destination);
            return ExitCode.Success;
        });
        return command.WithExamples(
            "moda weights synthesize --preset tiny --out weights-tiny/",
            "moda weights synthesize --preset full --seed 7 --dtype f16 --out weights-full/");
    }

    private static Command CreateVerify()
    {
        var folder = new Argument<string>("DIR") { Description = "A folder that convert or synthesize has written." };
        var command = new Command("verify", "Checks names, shapes, finiteness and SHA-256 of every file. Exit code 1 when anything is wrong.")
        {
            folder,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            IReadOnlyList<NetworkVerification> results = await WeightOptions.RunAsync(
                "Verifying (MB)", progress => WeightVerifier.Verify(parsed.GetRequiredValue(folder), progress, cancellation));
            foreach (NetworkVerification result in results)
            {
                Console.Out.WriteLine($"{(result.Problems.Count == 0 ? "ok  " : "BAD ")} {result.File}  {result.TensorCount} tensors, {result.ParameterCount / 1e6:0.0} M parameters");
                foreach (string problem in result.Problems)
                {
                    Console.Out.WriteLine($"     {problem}");
                }
            }

            return results.All(result => result.Problems.Count == 0) ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("moda weights verify weights/");
    }
}

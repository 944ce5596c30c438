using System.CommandLine;
using Moda.Cli.Terminal;
using Moda.Weights.Conversion;

namespace Moda.Cli.Commands;

/// <summary><c>moda convert</c>: the published checkpoints to flat safetensors.</summary>
internal static class ConvertCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var source = new Argument<string>("PRETRAINED") { Description = "The folder pretrained_weights, as it is published." };
        var destination = new Argument<string>("OUT") { Description = "The folder to write." };
        Option<bool> overwrite = WeightOptions.Overwrite();
        Option<string> elementType = WeightOptions.ElementType();
        var meanStd = new Option<string?>("--mean-std")
        {
            Description = "The motion's mean and deviation; mean.pt in or beside PRETRAINED when left out.",
            HelpName = "mean.pt",
        };
        var audioEncoder = new Option<string?>("--audio-encoder")
        {
            Description = "The folder of the audio encoder; audio/chinese-hubert-base, or the only one there is, when left out.",
            HelpName = "DIR",
        };
        var command = new Command("convert", "Converts the published checkpoints to one safetensors file per network and moda.json.")
        {
            source, destination, overwrite, elementType, meanStd, audioEncoder,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(destination);
            var options = new ConversionOptions(parsed.GetRequiredValue(source), folder)
            {
                ElementType = WeightOptions.ToStoredType(parsed.GetRequiredValue(elementType)),
                Overwrite = parsed.GetValue(overwrite),
                MotionStatistics = parsed.GetValue(meanStd),
                AudioEncoder = parsed.GetValue(audioEncoder),
            };
            ConversionResult result = await WeightOptions.RunAsync(
                "Converting (MB)", progress => CheckpointConverter.Convert(options, progress, cancellation));
            foreach (string note in result.Notes)
            {
                await Console.Error.WriteLineAsync($"note: {note}");
            }

            WeightOptions.Print(result.Networks, folder);
            return ExitCode.Success;
        });
        return command.WithExamples(
            "moda convert pretrained_weights/ weights/",
            "moda convert pretrained_weights/ weights-f16/ --dtype f16 --mean-std src/datasets/mean.pt");
    }
}

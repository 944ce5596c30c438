using System.CommandLine;
using Moda.Weights;
using Moda.Weights.Conversion;
using Moda.Weights.Sets;

namespace Moda.WeightConverter;

/// <summary>Converts the published weights; <c>moda convert</c> without the rest of the engine.</summary>
internal static class ConvertCommand
{
    /// <summary>Creates the command.</summary>
    public static RootCommand Create()
    {
        var source = new Argument<DirectoryInfo>("pretrained_weights") { Description = "The folder of the published weights, as it is cloned." };
        var destination = new Argument<DirectoryInfo>("out") { Description = "The folder to write one safetensors file for each network to, and moda.json." };
        Option<string> type = new Option<string>("--dtype") { Description = "How elements are stored.", DefaultValueFactory = _ => "f32" }
            .AcceptOnlyFromAmong("f32", "f16", "bf16");
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace weights that are in the folder, and write into one that holds other files." };
        var statistics = new Option<FileInfo?>("--mean-std") { Description = "The motion's mean and standard deviation; mean.pt in or beside the folder when left out." };
        var encoder = new Option<DirectoryInfo?>("--audio-encoder") { Description = "The folder of the audio encoder, when there are several." };
        var command = new RootCommand("Converts MoDA's published PyTorch weights into the files that the engine reads.")
        {
            source, destination, overwrite, type, statistics, encoder,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                var options = new ConversionOptions(parsed.GetRequiredValue(source).FullName, parsed.GetRequiredValue(destination).FullName)
                {
                    ElementType = StoredTypes.Parse(parsed.GetRequiredValue(type).ToUpperInvariant()),
                    Overwrite = parsed.GetValue(overwrite),
                    MotionStatistics = parsed.GetValue(statistics)?.FullName,
                    AudioEncoder = parsed.GetValue(encoder)?.FullName,
                };
                ConversionResult result = CheckpointConverter.Convert(options, new NetworkLines(), cancellation);
                foreach (string note in result.Notes)
                {
                    Console.Error.WriteLine($"note: {note}");
                }

                foreach (NetworkFile network in result.Networks.Values)
                {
                    Console.Out.WriteLine($"{network.File}  {network.TensorCount} tensors, {network.ParameterCount / 1e6:F2} M parameters, {network.ByteLength / 1e6:F1} MB");
                }
            },
            cancellation));
        return command;
    }

    /// <summary>One line on standard error when a network begins.</summary>
    private sealed class NetworkLines : IProgress<WeightProgress>
    {
        private string network = "";

        public void Report(WeightProgress value)
        {
            if (value.Network != network)
            {
                network = value.Network;
                Console.Error.WriteLine($"[{100.0 * value.BytesDone / value.BytesTotal,3:F0} %] {network}");
            }
        }
    }
}

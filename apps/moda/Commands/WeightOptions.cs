using System.CommandLine;
using Moda.Cli.Terminal;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary>What the commands that write or check weights share.</summary>
internal static class WeightOptions
{
    private const double Megabyte = 1e6;

    /// <summary><c>--dtype</c>.</summary>
    public static Option<string> ElementType()
    {
        var option = new Option<string>("--dtype")
        {
            Description = "How the weights are stored.",
            HelpName = "f32|f16|bf16",
            DefaultValueFactory = _ => "f32",
        };
        return option.AcceptOnlyFromAmong("f32", "f16", "bf16");
    }

    /// <summary><c>--overwrite</c>.</summary>
    public static Option<bool> Overwrite() =>
        new("--overwrite") { Description = "Replace weights that are in the folder, and write into one that holds other files." };

    /// <summary>What <c>--dtype</c> says.</summary>
    public static StoredType ToStoredType(string name) => StoredTypes.Parse(name.ToUpperInvariant());

    /// <summary>Runs work on weights with a bar in megabytes.</summary>
    public static Task<TResult> RunAsync<TResult>(string stage, Func<IProgress<WeightProgress>, TResult> work) =>
        StageProgress.RunAsync(progress => Task.Run(() => work(new BytesDone(progress, stage))));

    /// <summary>Lists the files of a set on standard output.</summary>
    public static void Print(IReadOnlyDictionary<string, NetworkFile> networks, string folder)
    {
        foreach ((string network, NetworkFile file) in networks)
        {
            Console.Out.WriteLine($"{Path.Combine(folder, file.File)}  {network}, {file.TensorCount} tensors, {file.ParameterCount / Megabyte:0.0} M parameters");
        }
    }

    private sealed class BytesDone(StageProgress progress, string stage) : IProgress<WeightProgress>
    {
        public void Report(WeightProgress value) => progress.Report(stage, value.BytesDone / Megabyte, value.BytesTotal / Megabyte);
    }
}

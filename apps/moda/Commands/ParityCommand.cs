using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Weights;

namespace Moda.Cli.Commands;

/// <summary><c>moda parity</c>: holds the engine against case files of the reference.</summary>
internal static class ParityCommand
{
    private const int NameWidth = 34;
    private const int OutputWidth = 36;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var cases = new Argument<FileInfo[]>("CASE")
        {
            Description = "Case files (.safetensors): the reference's in tests/data/cases, or your own (docs/parity.md).",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> device = DeviceOptions.Device();
        Option<string?> precision = DeviceOptions.Precision();
        Option<long?> memory = DeviceOptions.MaximumGpuMemory();
        Option<double?> tolerance = new Option<double?>("--tolerance")
        {
            Description = "Largest relative L2 error that passes; each kind of case has its own when left out.",
            HelpName = "X",
        }.AcceptOnlyRange(0, 1000);
        var weights = new Option<string?>("--weights")
        {
            Description = "Weights to use instead of those that the cases name: a folder, or a safetensors file with the tensors of the cases' network.",
            HelpName = "DIR|FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Command(
            "parity",
            "Runs case files and prints, for each output, its relative L2 error, its largest absolute error and PASS or FAIL. A case that cannot be run "
                + "does not stop the others. Exit code 1 when any output fails or any case cannot be run.")
        {
            cases, weights, device, precision, memory, tolerance, json, ParityNewCommand.Create(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetRequiredValue(cases),
            parsed.GetValue(weights),
            parsed.GetRequiredValue(device),
            DeviceOptions.ToElementType(parsed.GetValue(precision)),
            parsed.GetValue(memory),
            parsed.GetValue(tolerance),
            parsed.GetValue(json),
            cancellation));
        return command.WithExamples(
            "moda parity tests/data/cases/*.safetensors",
            "moda parity --device cpu --tolerance 1e-5 --json warping.full.safetensors",
            "moda parity mine.safetensors --weights my_weights.safetensors --tolerance 1e-4",
            "moda parity new stitching --out my_case/");
    }

    private static async Task<int> RunAsync(
        FileInfo[] cases,
        string? weights,
        string deviceName,
        ElementType? precision,
        long? gpuMemory,
        double? tolerance,
        bool asJson,
        CancellationToken cancellation)
    {
        using Device device = DeviceSelector.Open(deviceName, new(precision, gpuMemory)).Device;
        var results = new List<(string Case, ParityResult Result)>();
        var problems = new List<(string Case, string Problem)>();
        if (!asJson)
        {
            Console.Out.WriteLine($"{"case",-NameWidth}{"output",-OutputWidth}{"relative L2",12}{"largest",12}  ");
        }

        await StageProgress.RunAsync(async progress =>
        {
            for (int index = 0; index < cases.Length; index++)
            {
                progress.Report("Cases", index, cases.Length);
                FileInfo file = cases[index];
                string name = Path.GetFileNameWithoutExtension(file.Name);
                IReadOnlyList<ParityResult> own;
                try
                {
                    own = await Task.Run(() => RunCase(device, file.FullName, weights, tolerance), cancellation);
                }
                catch (Exception exception) when (IsOfCase(exception))
                {
                    problems.Add((name, exception.Message));
                    await Console.Error.WriteLineAsync($"moda: {ErrorLine.Of(exception)}");
                    continue;
                }

                cancellation.ThrowIfCancellationRequested();
                results.AddRange(own.Select(result => (name, result)));
                if (!asJson)
                {
                    foreach (ParityResult result in own)
                    {
                        Console.Out.WriteLine(Line(name, result));
                    }
                }
            }

            progress.Report("Cases", cases.Length, cases.Length);
            return ExitCode.Success;
        });

        int failed = results.Count(entry => !entry.Result.Passed);
        if (asJson)
        {
            WriteJson(device, results, problems);
        }
        else
        {
            string notRun = problems.Count == 0 ? "" : $" {problems.Count} of {cases.Length} cases could not be run.";
            Console.Out.WriteLine($"{results.Count - failed} of {results.Count} outputs pass on {device.Name}.{notRun}");
        }

        return failed == 0 && problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    // A file that is missing or damaged, or does not fit its kind or its weights. Anything else ends the command: a device that is gone, a mistake.
    private static bool IsOfCase(Exception exception) =>
        exception is (CheckpointFormatException or TensorNotFoundException or TensorMismatchException or WeightVersionException or IOException or UnauthorizedAccessException);

    private static IReadOnlyList<ParityResult> RunCase(Device device, string path, string? weights, double? tolerance)
    {
        using ReferenceCase reference = ReferenceCase.Open(path, weights);
        return ParityRunner.Run(device, reference, tolerance);
    }

    private static string Line(string name, ParityResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-NameWidth}{result.Output,-OutputWidth}{result.RelativeError,12:0.00e+00}{result.LargestError,12:0.00e+00}  {(result.Passed ? "PASS" : "FAIL")}{Image(result.Image)}");

    private static string Image(ImageAgreement? image) => image is null ? "" : string.Create(
        CultureInfo.InvariantCulture, $"  {image.Decibels:0.0} dB, {image.ShareWithinOne:0.00%} within 1 level");

    private static void WriteJson(Device device, List<(string Case, ParityResult Result)> results, List<(string Case, string Problem)> problems)
    {
        using Stream output = Console.OpenStandardOutput();
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("device", device.Name);
        writer.WriteString("precision", device.ActivationType == ElementType.Float16 ? "f16" : "f32");
        writer.WriteStartArray("outputs");
        foreach ((string name, ParityResult result) in results)
        {
            writer.WriteStartObject();
            writer.WriteString("case", name);
            writer.WriteString("output", result.Output);
            WriteNumber(writer, "relative_l2", result.RelativeError);
            WriteNumber(writer, "largest_absolute", result.LargestError);
            writer.WriteNumber("tolerance", result.Tolerance);
            if (result.Image is { } image)
            {
                WriteNumber(writer, "psnr", image.Decibels);
                WriteNumber(writer, "within_one_level", image.ShareWithinOne);
            }

            writer.WriteBoolean("passed", result.Passed);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("problems");
        foreach ((string name, string problem) in problems)
        {
            writer.WriteStartObject();
            writer.WriteString("case", name);
            writer.WriteString("problem", problem);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>JSON knows no NaN and no infinity: they become null.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}

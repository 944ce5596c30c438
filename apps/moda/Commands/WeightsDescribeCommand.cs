using System.CommandLine;
using System.Globalization;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Weights;
using Moda.Weights.Safetensors;
using Moda.Weights.Sets;
using Moda.Weights.Structure;

namespace Moda.Cli.Commands;

/// <summary><c>moda weights describe</c>: names, shapes and parameters of weights, beside what the networks expect.</summary>
internal static class WeightsDescribeCommand
{
    private const double Million = 1e6;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("DIR|FILE") { Description = "A folder with moda.json, or one safetensors file." };
        var network = new Option<string?>("--network")
        {
            Description = $"Whose tensors a single file has: {string.Join(", ", NetworkStructure.Modules)}; a network of your own is not compared.",
            HelpName = "NAME",
        };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor: name, shape, stored type, parameters." };
        var command = new Command(
            "describe",
            "Prints tensors, parameters and sizes of each network, and which tensors are missing, surplus or of another shape than the network expects.")
        {
            path, network, tensors,
        };
        command.SetAction(parsed =>
        {
            foreach (NetworkDescription description in Describe(parsed.GetRequiredValue(path), parsed.GetValue(network)))
            {
                Write(Console.Out, description, parsed.GetValue(tensors));
            }

            return ExitCode.Success;
        });
        return command.WithExamples(
            "moda weights describe weights/",
            "moda weights describe weights/ --tensors",
            "moda weights describe stitching_weights.safetensors --network stitching_retargeting");
    }

    private static IReadOnlyList<NetworkDescription> Describe(string path, string? network) => (File.Exists(path), network) switch
    {
        (true, { } name) => [WeightDescriber.DescribeFile(path, name)],
        (true, null) => throw new ConfigurationException($"'{path}' is a single file; --network says which network's tensors it should have."),
        (false, null) => WeightDescriber.DescribeFolder(path),
        _ => [.. WeightDescriber.DescribeFolder(path).Where(description => description.Network == network)],
    };

    private static void Write(TextWriter writer, NetworkDescription description, bool listsTensors)
    {
        IEnumerable<string> types = description.Tensors.Select(tensor => tensor.Type.SafetensorsName()).Distinct().Order(StringComparer.Ordinal);
        writer.WriteLine($"{description.Network}  {description.File}");
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {description.Tensors.Count} tensors, {description.ParameterCount / Million:0.000} M parameters, {string.Join(", ", types)}"));
        if (description.Sizes.Count > 0)
        {
            writer.WriteLine($"  sizes: {string.Join(' ', description.Sizes.Select(size => $"{size.Key}={size.Value.ToString(CultureInfo.InvariantCulture)}"))}");
        }

        Write(writer, "missing", description.Problems.Where(problem => problem.Found is null));
        Write(writer, "surplus", description.Problems.Where(problem => problem.Expected is null));
        Write(writer, "other shape", description.Problems.Where(problem => problem is { Found: not null, Expected: not null }));
        foreach (SafetensorsEntry tensor in listsTensors ? description.Tensors : [])
        {
            string name = ShownText.Of(tensor.Name, ShownText.LongestName);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {name}  {TensorShape.Format(tensor.Shape.Span)}  {tensor.Type.SafetensorsName()}  {tensor.ElementCount}"));
        }
    }

    private static void Write(TextWriter writer, string kind, IEnumerable<StructureProblem> problems)
    {
        StructureProblem[] all = [.. problems];
        if (all.Length == 0)
        {
            return;
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind}: {all.Length}"));
        foreach (StructureProblem problem in all)
        {
            writer.WriteLine($"    {problem}");
        }
    }
}

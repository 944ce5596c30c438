using System.Text;
using System.Text.RegularExpressions;
using Moda.Docs.Tests.Pages;

namespace Moda.Docs.Tests.Code;

/// <summary>
/// Turns a block into a compilable file: its statements become the body of a method, and its types follow that method. A block with using
/// directives has no others. A block without them gets those of all documented namespaces.
/// </summary>
internal static partial class BlockProgram
{
    private static readonly string[] Namespaces =
    [
        "Microsoft.Extensions.Hosting", "Moda.Extensions.Hosting", "Moda.Extensions.Hosting.Clients", "Moda.Kernels", "Moda.Kernels.Selection", "Moda.Onnx.Faces", "Moda.Onnx.Voices", "Moda.Parity", "Moda.Parity.Cases", "Moda.Runtime",
        "Moda.Runtime.Audio", "Moda.Runtime.Faces", "Moda.Runtime.Imaging", "Moda.Runtime.Media", "Moda.Runtime.Motion", "Moda.Runtime.Options",
        "Moda.Runtime.Planning", "Moda.Runtime.Progress", "Moda.Weights", "Moda.Weights.Sets",
    ];

    // The variables that a context may name.
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["args"] = "string[]",
        ["client"] = "global::Moda.Extensions.Hosting.Clients.ITalkingHeadClient",
        ["samples"] = "ReadOnlyMemory<float>",
        ["synthesizer"] = "IAsyncEnumerable<ReadOnlyMemory<float>>",
        ["frame"] = "global::Moda.Runtime.Imaging.VideoFrame",
        ["provider"] = "global::NAudio.Wave.ISampleProvider",
        ["engine"] = "global::Moda.Runtime.TalkingHeadEngine",
        ["portrait"] = "global::Moda.Runtime.PreparedPortrait",
        ["voice"] = "global::Moda.Runtime.Audio.SoundTrack",
        ["anna"] = "global::Moda.Runtime.Audio.SoundTrack",
        ["ben"] = "global::Moda.Runtime.Audio.SoundTrack",
        ["motion"] = "global::Moda.Runtime.Motion.MotionTemplate",
    };

    // The types that a context may name: the reader's own.
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["MyDeviceProvider"] = """
            internal sealed class MyDeviceProvider : global::Moda.Kernels.Selection.IDeviceProvider
            {
                public string Names => throw new NotSupportedException();
                public int Priority => throw new NotSupportedException();
                public bool Knows(string name) => throw new NotSupportedException();
                public global::Moda.Kernels.Device Open(string name, global::Moda.Kernels.Selection.DeviceRequest request) => throw new NotSupportedException();
                public bool TryOpenBest(
                    global::Moda.Kernels.Selection.DeviceRequest request,
                    [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out global::Moda.Kernels.Device? device,
                    out string reason) => throw new NotSupportedException();
            }
            """,
    };

    /// <summary>Writes the file.</summary>
    /// <param name="block">The block.</param>
    /// <param name="number">Makes the names of the file unique.</param>
    public static string Write(CodeBlock block, int number)
    {
        string[] context = block.Context.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? unknown = context.FirstOrDefault(name => !Variables.ContainsKey(name) && !Types.ContainsKey(name));
        if (unknown is not null)
        {
            throw new InvalidOperationException($"{block.Page}:{block.FirstLine}: the context names '{unknown}', which {nameof(BlockProgram)} does not know.");
        }

        int usings = block.Lines.TakeWhile(line => line.Length == 0 || UsingDirective().IsMatch(line)).Count();
        int types = block.Lines.Skip(usings).TakeWhile(line => !TypeDeclaration().IsMatch(line)).Count() + usings;
        string parameters = string.Join(", ", context.Where(Variables.ContainsKey).Select(name => $"{Variables[name]} {name}"));
        var program = new StringBuilder();
        program.AppendLine(string.Join('\n', block.Lines.Any(line => UsingDirective().IsMatch(line)) ? block.Lines.Take(usings) : Namespaces.Select(name => $"using {name};")));
        program.AppendLine($"namespace Block{number};");
        program.AppendLine($"internal static class Block {{ internal static async Task RunAsync({parameters}) {{ await Task.CompletedTask;");
        program.AppendLine($"#line {block.FirstLine + usings} \"{block.Page}\"");
        program.AppendLine(string.Join('\n', block.Lines.Take(types).Skip(usings)));
        program.AppendLine("} }");
        program.AppendLine($"#line {block.FirstLine + types} \"{block.Page}\"");
        program.AppendLine(string.Join('\n', block.Lines.Skip(types)));
        program.AppendLine("#line default");
        program.AppendLine(string.Join('\n', context.Where(Types.ContainsKey).Select(name => Types[name])));
        return program.ToString();
    }

    [GeneratedRegex(@"^using [A-Za-z0-9_.]+;$")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"^(public |internal |sealed |static |abstract |file |partial )*(class|record|struct|interface|enum) ")]
    private static partial Regex TypeDeclaration();
}

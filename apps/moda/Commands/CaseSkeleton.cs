using System.Text;
using System.Text.RegularExpressions;
using Moda.Cli.Configuration;

namespace Moda.Cli.Commands;

/// <summary>A tensor of a case.</summary>
/// <param name="Name">Its name, without <c>input.</c> or <c>output.</c>.</param>
/// <param name="Shape">Its extents at the published sizes, in PyTorch's order, as Python writes them; N and the like are 1.</param>
internal sealed record CaseTensor(string Name, string Shape);

/// <summary>A kind of case that can be written by hand, as docs/parity.md lists it.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="Inputs">What is computed from.</param>
/// <param name="Outputs">What is computed; a case may leave some out.</param>
/// <param name="Metadata">What else the file says, by name.</param>
internal sealed record CaseForm(string Kind, IReadOnlyList<CaseTensor> Inputs, IReadOnlyList<CaseTensor> Outputs, params IReadOnlyList<(string Key, string Value)> Metadata);

/// <summary>Writes the skeleton of a case: a Python script that saves it, and for kinds that the engine does not know a C# class that runs it.</summary>
internal static partial class CaseSkeleton
{
    private static readonly CaseTensor[] SegmentInputs =
    [
        new("audio", "160, 12, 768"), new("noise", "3, 80, 70"), new("ref_kp", "1, 63"), new("prev_motion", "1, 1, 70"),
        new("null_audio_feat", "1, 1, 1, 1, 768"),
    ];

    /// <summary>The kinds whose shapes are known.</summary>
    public static IReadOnlyList<CaseForm> Known { get; } =
    [
        new("appearance", [new("image", "1, 3, 256, 256")], [new("feature_3d", "1, 32, 16, 64, 64")]),
        new("motion_extractor", [new("image", "1, 3, 256, 256")], [new("pitch", "1, 66"), new("yaw", "1, 66"), new("roll", "1, 66"), new("t", "1, 3"), new("exp", "1, 63"), new("scale", "1, 1"), new("kp", "1, 63")]),
        new("warping", [new("feature_3d", "1, 32, 16, 64, 64"), new("kp_source", "1, 21, 3"), new("kp_driving", "1, 21, 3")], [new("out", "1, 256, 64, 64"), new("deformation", "1, 16, 64, 64, 3"), new("occlusion_map", "1, 1, 64, 64")]),
        new("spade", [new("feature", "1, 256, 64, 64")], [new("image", "1, 3, 512, 512")]),
        new("stitching", [new("stitching", "1, 126"), new("lip", "1, 65"), new("eye", "1, 66")], [new("stitching", "1, 65"), new("lip", "1, 63"), new("eye", "1, 63")]),
        new("bisenet", [new("image", "1, 3, 512, 512")], [new("logits", "1, 19, 512, 512")]),
        new("hubert", [new("wave", "1, 64080")], [new("hidden_states", "100, 12, 768")], ("seq_len", "100"), ("heads", "12")),
        new("dit", [new("motion", "1, 80, 140"), new("audio", "1, 80, 1, 12, 768"), new("timestep", "1"), new("emotion", "1"), new("ref_kp", "1, 80, 63")], [new("velocity", "1, 80, 70")]),
        new("dit_sample", SegmentInputs, [new("motion", "160, 70")], ("steps", "10"), ("cfg_scale", "1.2"), ("emotion", "8")),
        new("emotion_guidance", SegmentInputs, [new("motion.two_way", "160, 70"), new("motion.a4", "160, 70")], ("steps", "10"), ("two_way_scale", "1.2"), ("emotion", "1"), ("variants", "{\"a4\": [4, 1.2]}")),
    ];

    /// <summary>The files of a skeleton.</summary>
    /// <param name="kind">A kind that is known, or a name of one's own.</param>
    /// <exception cref="ConfigurationException">It is no name.</exception>
    public static IReadOnlyList<(string Name, string Text)> For(string kind)
    {
        if (!KindName().IsMatch(kind))
        {
            throw new ConfigurationException($"'{kind}' is no name of a kind; letters, digits and _ are possible, and a letter first.");
        }

        CaseForm? known = Known.FirstOrDefault(form => form.Kind == kind);
        string script = Script(known ?? new CaseForm(kind, [new("x", "4, 126")], [new("y", "4, 65")]));
        return known is null ? [($"{kind}_case.py", script), ($"{ClassName(kind)}.cs", Class(kind))] : [($"{kind}_case.py", script)];
    }

    private static string Script(CaseForm form)
    {
        var text = new StringBuilder();
        text.Append($$""""
            """A case '{{form.Kind}}' for moda parity: inputs, and what your network computes from them. Needs torch and safetensors.

            Fill in what is marked TODO, run it, then: moda parity {{form.Kind}}_case.safetensors
            docs/parity.md describes the format. Compute in float64 where you can; it is stored as it is.
            """

            """");
        text.Append($$"""
            import torch
            from safetensors.torch import save_file

            torch.manual_seed(0)

            # TODO: the network's weights by name, its state_dict() without prefixes of wrappers. Known networks have the names of
            # src/Moda.Weights/Structure/structure.txt ("moda weights describe" compares them).
            weights = {}

            # TODO: your inputs, in PyTorch's order of axes. Sizes are those of the published weights; yours may differ.
            inputs = {

            """);
        foreach (CaseTensor input in form.Inputs)
        {
            text.Append($"    \"{input.Name}\": torch.rand({input.Shape}),\n");
        }

        text.Append($$"""
            }

            # TODO: what your network computes from them. Leave out what you do not want to compare.
            outputs = {

            """);
        foreach (CaseTensor output in form.Outputs)
        {
            text.Append($"    \"{output.Name}\": torch.zeros({output.Shape}),\n");
        }

        text.Append($$"""
            }

            # All values are text. "weights" is relative to the case: this file, or a folder that moda convert has written.
            metadata = {
                "case": "{{form.Kind}}",
                "weights": "{{form.Kind}}_weights.safetensors",

            """);
        foreach ((string key, string value) in form.Metadata)
        {
            text.Append($"    \"{key}\": '{value}',\n");
        }

        text.Append($$"""
            }

            save_file(weights, "{{form.Kind}}_weights.safetensors")
            tensors = {f"input.{name}": value for name, value in inputs.items()}
            tensors |= {f"output.{name}": value for name, value in outputs.items()}
            save_file({name: value.contiguous() for name, value in tensors.items()}, "{{form.Kind}}_case.safetensors", metadata=metadata)

            """);
        return text.ToString();
    }

    private static string Class(string kind) => $$"""
        using Moda.Kernels;
        using Moda.Parity;
        using Moda.Parity.Cases;

        // Registers the kind: ParityRunner.Register(new {{ClassName(kind)}}()); then ReferenceCase.Open and ParityRunner.Run compare its cases.
        // docs/own-network.md has a whole program.
        internal sealed class {{ClassName(kind)}} : IParityCase
        {
            public string Kind => "{{kind}}";

            // TODO: your network. Names are those of the weights' tensors; x is the case's input, what is returned its output y.
            public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference) => NetworkCase.Compute(
                device,
                reference,
                Kind,
                load: parameters => (First: parameters.Linear("0"), Second: parameters.Linear("2")),
                forward: (workspace, network, x) =>
                    workspace.Linear(workspace.Linear(x, network.First, new Epilogue { Activation = Activation.Relu }), network.Second));
        }

        """;

    private static string ClassName(string kind) => string.Concat(kind.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$")]
    private static partial Regex KindName();
}

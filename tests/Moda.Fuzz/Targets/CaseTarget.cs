using System.Text.Json;
using System.Text.Json.Nodes;
using Moda.Fuzz.Mutations;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Testing;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary>Case files: what they say of themselves, their inputs and outputs, and for the cheap kinds the computation.</summary>
internal sealed class CaseTarget : IFuzzTarget
{
    private static readonly string[] CheapKinds = ["ddim", "schedulers", "kalman", "motion_math"];

    private static readonly byte[][] Files =
    [
        .. from name in (string[])["ddim", "schedulers.any", "kalman.any", "motion_math", "motion_extractor.tiny", "stitching.any"]
           select File.ReadAllBytes(TestData.Case(name)),
        File.ReadAllBytes(TestData.Path("faults", "ddim_steps_null.safetensors")),
        File.ReadAllBytes(TestData.Path("faults", "stride_zero.safetensors")),
    ];

    public string Name => "case";

    public string FileName => "case.safetensors";

    public IReadOnlyList<byte[]> Seeds => Files;

    public byte[] Mutate(Random random, byte[] original) => SafetensorsBytes.Header(original) is not string header
        ? ByteMutation.Apply(random, original)
        : random.Next(5) switch
        {
            0 => ByteMutation.Apply(random, original),
            1 => SafetensorsBytes.Reshape(random, original),
            _ => SafetensorsBytes.WithHeader(original, ChangeMetadata(random, header)),
        };

    public void Read(string path)
    {
        using ReferenceCase reference = ReferenceCase.Open(path);
        foreach (string output in reference.OutputNames)
        {
            reference.Output(output);
            reference.OutputStride(output);
        }

        if (reference.HasInput("image"))
        {
            reference.Input("image");
        }

        if (CheapKinds.Contains(reference.Kind))
        {
            using Device device = new CpuDevice(threadCount: 1);
            ParityRunner.Run(device, reference);
        }
    }

    public bool IsRefusal(Exception exception) => exception is CheckpointFormatException or WeightVersionException
        or TensorNotFoundException or TensorMismatchException or IOException;

    // Strings of the metadata are documents of their own.
    private static string ChangeMetadata(Random random, string header)
    {
        if (!JsonMutation.TryParse(header, out JsonNode? root) || root is not JsonObject entries || entries["__metadata__"] is not JsonObject metadata)
        {
            return JsonMutation.Apply(random, header);
        }

        string key = random.Pick<string>([.. metadata.Select(entry => entry.Key), "output_stride", "generated_inputs", "weights"]);
        string value = (metadata[key] as JsonValue)?.GetValueKind() == JsonValueKind.String ? metadata[key]!.GetValue<string>() : "{}";
        metadata[key] = value.StartsWith('{') && random.Chance(0.7) ? JsonMutation.Apply(random, Filled(value))
            : random.Pick<string>([.. HostileValues.Numbers, .. HostileValues.Texts, "[]", "{}", "{\"a\":", "\"x\""]);
        return root.ToJsonString();
    }

    private static string Filled(string value) => value is "{}"
        ? """{"image": {"name": "image", "shape": [1, 3, 8, 8], "center": 0.5, "half_range": 0.5}}"""
        : value;
}

using System.Diagnostics;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity.Cases;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Case files that are damaged, or ask for what no case needs, are refused by name.</summary>
public sealed class ReferenceCaseTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("moda-case-").FullName, "a.safetensors");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Fact]
    public void Inputs_are_stored_or_computed()
    {
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case("dit.tiny"));

        Assert.Equal("dit", reference.Kind);
        Assert.Equal([2, 80, 140], reference.Input("motion").Extents);
        Assert.Equal([2, 80, 1, 12, 128], reference.Input("audio").Extents);
        Assert.Equal(2 * 80 * 12 * 128, reference.Input("audio").Values.Length);
    }

    [Theory]
    [InlineData("ddim_steps_null.safetensors", "its metadata 'steps' is not as expected")]
    [InlineData("stride_zero.safetensors", "but a number from 1 to")]
    public void Damaged_files_are_refused_by_name(string file, string problem)
    {
        string message = Run(TestData.Path("faults", file)).Message;

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains(file, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("steps", "null", "its metadata 'steps'")]
    [InlineData("steps", "0", "from 1 to 100000")]
    [InlineData("steps", "2000000000", "from 1 to 100000")]
    [InlineData("steps", "\"ten\"", "its metadata 'steps'")]
    [InlineData("steps", "{", "its metadata 'steps'")]
    [InlineData("steps", "1e999", "its metadata 'steps'")]
    [InlineData("output_stride", "[]", "its metadata 'output_stride'")]
    [InlineData("output_stride", "7", "its metadata 'output_stride'")]
    [InlineData("output_stride", "{\"epsilon.linear.trace\": -1}", "'output_stride.epsilon.linear.trace' is -1")]
    [InlineData("output_stride", "{\"epsilon.linear.trace\": 3}", "do not fit a case 'ddim'")]
    [InlineData("weights_seed", "-1", "not that of a case")]
    [InlineData("weights", "/etc", "relative to the case")]
    [InlineData("weights", "a\0b", "relative to the case")]
    [InlineData("generated_inputs", "[]", "generated inputs are not as expected")]
    [InlineData("generated_inputs", "{\"x\": 1}", "generated inputs are not as expected")]
    [InlineData("generated_inputs", "{\"x\": {\"name\": \"x\", \"shape\": [40000, 40000], \"center\": 0, \"half_range\": 1}}", "8388608 elements are possible")]
    [InlineData("generated_inputs", "{\"x\": {\"name\": \"x\", \"shape\": [0], \"center\": 0, \"half_range\": 1}}", "has the shape [0]")]
    [InlineData("generated_inputs", "{\"x\": {\"name\": \"x\", \"shape\": [-2, -2], \"center\": 0, \"half_range\": 1}}", "has the shape [-2, -2]")]
    [InlineData("generated_inputs", "{\"x\": {\"name\": \"x\", \"shape\": [2], \"center\": 1e300, \"half_range\": 1}}", "not finite")]
    public void Metadata_that_no_case_has_is_refused(string key, string value, string problem)
    {
        Copy(TestData.Case("ddim"), metadata => metadata[key] = value);

        string message = Run(path).Message;

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generated_inputs_are_bounded_together()
    {
        string inputs = string.Join(", ", Enumerable.Range(0, 5).Select(i =>
            $"\"x{i}\": {{\"name\": \"x\", \"shape\": [4, 1048576], \"center\": 0, \"half_range\": 1}}"));
        Copy(TestData.Case("ddim"), metadata => metadata["generated_inputs"] = $"{{{inputs}}}");

        Assert.Contains("20971520 elements together", Run(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dit_sample.tiny", "cfg_scale", "1e300")]
    [InlineData("emotion_guidance.tiny", "variants", "{\"a4\": [1e300, 1.2]}")]
    [InlineData("emotion_guidance.tiny", "variants", "{\"a4\": [4]}")]
    [InlineData("emotion_guidance.tiny", "variants", "[4, 1.2]")]
    [InlineData("kalman.any", "process_variance", "1e300")]
    [InlineData("hubert.tiny", "seq_len", "90000")]
    [InlineData("hubert.tiny", "heads", "0")]
    [InlineData("hubert.tiny", "heads", "3")]
    public void Numbers_that_no_case_has_are_refused(string name, string key, string value)
    {
        Copy(TestData.Case(name), metadata => metadata[key] = value);

        string message = Run(path).Message;

        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_that_do_not_fit_the_kind_are_refused()
    {
        Copy(TestData.Case("kalman.any"), metadata => metadata["case"] = "motion_math.tiny", input: name => name == "input.observations" ? "input.motion" : name);

        Assert.Contains("kp_info", Assert.Throws<TensorNotFoundException>(() => Compute(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_no_numbers_are_refused()
    {
        Copy(TestData.Case("kalman.any"), _ => { }, change: values => values[3] = float.NaN);

        string message = Assert.Throws<TensorMismatchException>(() => Compute(path)).Message;
        Assert.Contains("'input.observations'", message, StringComparison.Ordinal);
        Assert.Contains("NaN at element 3", message, StringComparison.Ordinal);
    }

    private static CheckpointFormatException Run(string file)
    {
        var watch = Stopwatch.StartNew();
        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => Compute(file));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        return exception;
    }

    private static void Compute(string file)
    {
        using Device device = new CpuDevice(threadCount: 1);
        using ReferenceCase reference = ReferenceCase.Open(file);
        ParityRunner.Run(device, reference);
    }

    private void Copy(string source, Action<Dictionary<string, string>> edit, Func<string, string>? input = null, Action<float[]>? change = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(source);
        var metadata = new Dictionary<string, string>(file.Metadata);
        edit(metadata);
        using var writer = new SafetensorsWriter(
            path, [.. file.Entries.Select(entry => new SafetensorsEntry(input?.Invoke(entry.Name) ?? entry.Name, entry.Type, entry.Shape))], metadata);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            string name = input?.Invoke(entry.Name) ?? entry.Name;
            if (change is not null && entry.Name.StartsWith("input.", StringComparison.Ordinal))
            {
                float[] values = file.ReadFloat32(entry.Name);
                change(values);
                writer.Write(name, values);
            }
            else
            {
                writer.Write(name, file.ReadBytes(entry.Name));
            }
        }

        writer.Complete();
    }
}

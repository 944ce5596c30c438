using System.Text.Json;
using Moda.Kernels;
using Moda.Runtime.Motion;

namespace Moda.Parity.Cases;

/// <summary>
/// Templates of motion in every form of their files: all say the same, and those that must be refused are. It runs on the host, whatever the
/// device.
/// </summary>
internal sealed class MotionTemplateCase : IParityCase
{
    public string Kind => "motion_template";

    public double Tolerance(ElementType precision) => 1e-6;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        var outputs = new Dictionary<string, HostTensor>();
        JsonElement files = reference.Parameter("files") ?? throw new KeyNotFoundException("its metadata has no 'files'.");
        int frames = reference.Number("n_frames");
        foreach (JsonProperty file in files.EnumerateObject())
        {
            MotionTemplate? read = Read(Array.ConvertAll(reference.Input($"file.{file.Name}").Values, value => (byte)value));
            if (read is null != file.Value.GetProperty("refuse").GetBoolean())
            {
                throw new InvalidOperationException($"the file '{file.Name}' was {(read is null ? "refused" : "read")}.");
            }

            if (read?.Frames == frames)
            {
                KeepWorst(reference, outputs, MotionInputs.ToOutputs(read, ""));
            }
        }

        return outputs;
    }

    // Of each output the values that are farthest from the reference's, so that one wrong file fails the case.
    private static void KeepWorst(ReferenceCase reference, Dictionary<string, HostTensor> outputs, Dictionary<string, HostTensor> read)
    {
        foreach ((string name, HostTensor values) in read.Where(part => part.Value.Values.Length > 0))
        {
            if (!outputs.TryGetValue(name, out HostTensor? worst) || Error(reference, name, values) > Error(reference, name, worst))
            {
                outputs[name] = values;
            }
        }
    }

    // The sum of squares.
    private static double Error(ReferenceCase reference, string name, HostTensor values) =>
        values.Values.Zip(reference.Output(name).Values, (actual, expected) => ((double)actual - expected) * ((double)actual - expected)).Sum();

    private static MotionTemplate? Read(byte[] bytes)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            return MotionTemplate.Load(path);
        }
        catch (MotionFileException)
        {
            return null;
        }
        finally
        {
            File.Delete(path);
        }
    }
}

using System.Text.Json;
using Moda.Kernels;

namespace Moda.Parity.Cases;

/// <summary>The motion of a segment with an emotion, by two-way guidance and by three-way guidance at several scales.</summary>
internal sealed class EmotionGuidanceCase : IParityCase
{
    public string Kind => "emotion_guidance";

    public double Tolerance(ElementType precision) => SampledMotion.Tolerance(precision);

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var motion = new SampledMotion(device, reference);
        var outputs = new Dictionary<string, HostTensor> { ["motion.two_way"] = motion.Compute((float)reference.Real("two_way_scale")) };
        JsonElement variants = reference.Parameter("variants") ?? throw new KeyNotFoundException("its metadata has no 'variants'.");
        foreach (JsonProperty variant in variants.EnumerateObject())
        {
            // [scale of the emotion, scale of the guidance]
            outputs[$"motion.{variant.Name}"] = motion.Compute(
                guidanceScale: variant.Value[1].GetSingle(), emotionScale: variant.Value[0].GetSingle());
        }

        return outputs;
    }
}

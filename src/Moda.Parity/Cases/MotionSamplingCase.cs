using Moda.Kernels;

namespace Moda.Parity.Cases;

/// <summary>The motion of a clip of several segments, sampled from the case's noise.</summary>
internal sealed class MotionSamplingCase : IParityCase
{
    public string Kind => "dit_sample";

    public double Tolerance(ElementType precision) => SampledMotion.Tolerance(precision);

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var motion = new SampledMotion(device, reference);
        return new Dictionary<string, HostTensor> { ["motion"] = motion.Compute((float)reference.Real("cfg_scale")) };
    }
}

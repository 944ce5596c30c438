using Moda.Kernels;
using Moda.Runtime.Motion;

namespace Moda.Parity.Cases;

/// <summary>The Kalman smoother. It runs on the host, whatever the device.</summary>
internal sealed class KalmanCase : IParityCase
{
    public string Kind => "kalman";

    public double Tolerance(ElementType precision) => 1e-4;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor observations = reference.Input("observations");
        KalmanSmoother smoother = new(
            reference.Real("process_variance", KalmanSmoother.Default.ProcessVariance),
            reference.Real("observation_variance", KalmanSmoother.Default.ObservationVariance));
        return new Dictionary<string, HostTensor>
        {
            ["smoothed"] = observations with { Values = smoother.Smooth(observations.Values, observations.Extents[^1]) },
        };
    }
}

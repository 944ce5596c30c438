using System.Globalization;
using Moda.Kernels;
using Moda.Runtime.Sampling;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>Flow matching of one number along the velocity 0.5 (1 + t / 1000), from 1, for several numbers of steps.</summary>
internal sealed class FlowMatchCase : IParityCase
{
    private const string TimestepsPrefix = "flow.timesteps.";

    public string Kind => "schedulers";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        var outputs = new Dictionary<string, HostTensor>();
        foreach (string name in reference.OutputNames.Where(name => name.StartsWith(TimestepsPrefix, StringComparison.Ordinal)))
        {
            int steps = reference.Output(name).Values.Length;
            if (name != string.Create(CultureInfo.InvariantCulture, $"{TimestepsPrefix}{steps}"))
            {
                throw new CheckpointFormatException(reference.Path, $"its output '{name}' has {steps} timesteps.");
            }

            var scheduler = new FlowMatchScheduler(steps);
            float[] trace = new float[steps];
            float sample = 1;
            for (int step = 0; step < steps; step++)
            {
                sample += 0.5f * (1 + scheduler.Timesteps[step] / 1000) * scheduler.StepSize(step);
                trace[step] = sample;
            }

            outputs[name] = new HostTensor(scheduler.Timesteps.ToArray(), [steps]);
            outputs[$"flow.trace.{steps}"] = new HostTensor(trace, [steps]);
        }

        return outputs;
    }
}

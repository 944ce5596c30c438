using Moda.Kernels;
using Moda.Runtime.Sampling;

namespace Moda.Parity.Cases;

/// <summary>DDIM of seven numbers from -1.5 to 1.5 with the prediction 0.3 x + 0.1, for every prediction type and schedule.</summary>
internal sealed class DdimCase : IParityCase
{
    private const int Elements = 7;

    private static readonly (string Name, PredictionType Type)[] Predictions =
        [("epsilon", PredictionType.Noise), ("sample", PredictionType.Sample), ("v_prediction", PredictionType.Velocity)];

    private static readonly (string Name, BetaSchedule Schedule)[] Schedules =
        [("linear", BetaSchedule.Linear), ("scaled_linear", BetaSchedule.ScaledLinear), ("squaredcos_cap_v2", BetaSchedule.SquaredCosine)];

    public string Kind => "ddim";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        int steps = reference.Number("steps");
        var outputs = new Dictionary<string, HostTensor>();
        foreach ((string predictionName, PredictionType prediction) in Predictions)
        {
            foreach ((string scheduleName, BetaSchedule schedule) in Schedules)
            {
                var scheduler = new DdimScheduler(new DdimOptions { Prediction = prediction, Schedule = schedule }, steps);
                outputs[$"{predictionName}.{scheduleName}.timesteps"] =
                    new HostTensor([.. scheduler.Timesteps.ToArray().Select(timestep => (float)timestep)], [steps]);
                outputs[$"{predictionName}.{scheduleName}.trace"] = Trace(scheduler);
            }
        }

        return outputs;
    }

    private static HostTensor Trace(DdimScheduler scheduler)
    {
        float[] trace = new float[scheduler.Steps * Elements];
        float[] sample = [.. Enumerable.Range(0, Elements).Select(i => -1.5f + 3f * i / (Elements - 1))];
        for (int step = 0; step < scheduler.Steps; step++)
        {
            float[] prediction = [.. sample.Select(x => 0.3f * x + 0.1f)];
            scheduler.Step(prediction, step, sample);
            sample.CopyTo(trace, step * Elements);
        }

        return new HostTensor(trace, [scheduler.Steps, Elements]);
    }
}

namespace Moda.Runtime.Sampling;

/// <summary>How <see cref="DdimScheduler"/> walks. The defaults are the reference's.</summary>
internal sealed record DdimOptions
{
    /// <summary>Steps that the network was trained with.</summary>
    public int TrainingSteps { get; init; } = 1000;

    /// <summary>The first variance.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>The last variance.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>How variances go from the first to the last.</summary>
    public BetaSchedule Schedule { get; init; } = BetaSchedule.Linear;

    /// <summary>What the network predicts.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Noise;

    /// <summary>The largest magnitude of a predicted clean sample; infinite for no limit.</summary>
    public float ClipRange { get; init; } = 1;
}

/// <summary>How the variance of the noise that is added grows over the training steps.</summary>
internal enum BetaSchedule
{
    /// <summary>In equal steps (<c>linear</c>).</summary>
    Linear,

    /// <summary>Its root in equal steps (<c>scaled_linear</c>).</summary>
    ScaledLinear,

    /// <summary>Such that what is left of the sample falls like a squared cosine (<c>squaredcos_cap_v2</c>); first and last are not used.</summary>
    SquaredCosine,
}

/// <summary>What a diffusion network predicts.</summary>
internal enum PredictionType
{
    /// <summary>The noise (<c>epsilon</c>).</summary>
    Noise,

    /// <summary>The clean sample (<c>sample</c>).</summary>
    Sample,

    /// <summary>Noise and sample mixed so that both can be told from it (<c>v_prediction</c>).</summary>
    Velocity,
}

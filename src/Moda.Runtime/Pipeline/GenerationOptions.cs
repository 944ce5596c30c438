using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;

namespace Moda.Runtime;

/// <summary>How a talking head is generated. The defaults are the reference's.</summary>
public sealed record GenerationOptions
{
    /// <summary>The emotion that the motion is conditioned on.</summary>
    public Emotion Emotion { get; init; } = Emotion.None;

    /// <summary>Steps and guidance of the sampling.</summary>
    public MotionSamplingOptions Sampling { get; init; } = new();

    /// <summary>The seed of the noise: the same seed gives the same motion on every device and thread count.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The noise itself, where it does not come from the seed; null for <see cref="NoiseSources.Philox"/>.</summary>
    public NoiseSource? Noise { get; init; }

    /// <summary>How speech is made ready for the audio encoder; the checkpoint says whether it is normalised.</summary>
    public AudioPreparationOptions Audio { get; init; } = new();

    /// <summary>How motion drives the portrait.</summary>
    public DrivingOptions Driving { get; init; } = new();

    /// <summary>How rendered faces are put back into the portrait.</summary>
    public PasteBackMode PasteBack { get; init; } = PasteBackMode.Feather;

    /// <summary>Frames that are rendered at once; more is faster on a GPU and takes more memory. Null for 8 on a GPU and 1 on a CPU.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Shows intermediate values to whoever proves parity.</summary>
    internal StageProbe? Probe { get; init; }

    /// <summary>Replaces the checkpoint's <c>null_audio_feat</c>.</summary>
    internal ReadOnlyMemory<float> NullAudio { get; init; }
}

/// <summary>Receives intermediate values of a generation.</summary>
/// <param name="name">What they are, as the reference's cases name them.</param>
/// <param name="values">Row-major; valid during the call only.</param>
internal delegate void StageProbe(string name, ReadOnlySpan<float> values);

using Moda.Runtime.Options;

namespace Moda.Runtime.Sampling;

/// <summary>What the motion of a clip depends on besides its audio.</summary>
internal sealed record MotionRequest
{
    /// <summary>Steps and guidance.</summary>
    public required MotionSamplingOptions Options { get; init; }

    /// <summary>0 to 8, as <see cref="Emotion"/> numbers them.</summary>
    public required int Emotion { get; init; }

    /// <summary>The face's canonical keypoints, [21, 3].</summary>
    public required ReadOnlyMemory<float> Keypoints { get; init; }

    /// <summary>[70], normalised: the face's own motion, which the first segment goes on from.</summary>
    public required ReadOnlyMemory<float> PreviousMotion { get; init; }

    /// <summary>The noise of each segment.</summary>
    public required NoiseSource Noise { get; init; }
}

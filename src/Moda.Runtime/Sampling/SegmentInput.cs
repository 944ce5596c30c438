using Moda.Runtime.Options;

namespace Moda.Runtime.Sampling;

/// <summary>One segment of a clip's motion to be sampled: what goes in, and where the motion goes.</summary>
internal sealed class SegmentInput
{
    /// <summary>Steps and guidance.</summary>
    public required MotionSamplingOptions Options { get; init; }

    /// <summary>0 to 8, as <see cref="Emotion"/> numbers them.</summary>
    public required int Emotion { get; init; }

    /// <summary>The face's canonical keypoints, [21, 3].</summary>
    public required ReadOnlyMemory<float> Keypoints { get; init; }

    /// <summary>[frames, C] of <see cref="Networks.Motion.MotionGenerator.EmbedAudio"/>, as many frames as a segment has.</summary>
    public required ReadOnlyMemory<float> AudioTokens { get; init; }

    /// <summary>[70], normalised: the frame that the segment goes on from.</summary>
    public required ReadOnlyMemory<float> PreviousMotion { get; init; }

    /// <summary>[frames, 70], standard normal.</summary>
    public required ReadOnlyMemory<float> Noise { get; init; }

    /// <summary>[held, 70], normalised: the segment's first frames where they are known already; empty where all are sampled.</summary>
    public ReadOnlyMemory<float> Held { get; init; }

    /// <summary>[frames, 70], written: normalised motion.</summary>
    public required Memory<float> Motion { get; init; }
}

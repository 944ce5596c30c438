using Moda.Kernels;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// The values that the motion generator computes once for a clip, because they depend only on the timesteps, the emotion and the face: the
/// modulation of every block at every step, and the identity's token.
/// </summary>
/// <remarks>S steps, batch B, hidden channels C.</remarks>
internal sealed class MotionConditioning
{
    /// <summary>Input [S, B, F]: <see cref="TimestepEmbedding"/> of each step's timestep.</summary>
    public required Tensor TimeFeatures { get; init; }

    /// <summary>Input [B, C]: <see cref="MotionGenerator.EmotionEmbedding"/>; it is also the emotion's token.</summary>
    public required Tensor Emotion { get; init; }

    /// <summary>Input [B, 63]: the face's canonical keypoints.</summary>
    public required Tensor Keypoints { get; init; }

    /// <summary>The token of the identity, [B, C].</summary>
    public required Tensor Identity { get; init; }

    /// <summary>Modulation of each four-stream block, [S, B, 24 C].</summary>
    public required IReadOnlyList<Tensor> FourStream { get; init; }

    /// <summary>Modulation of each double-stream block, [S, B, 12 C].</summary>
    public required IReadOnlyList<Tensor> DoubleStream { get; init; }

    /// <summary>Modulation of each single-stream block, [S, B, 3 C].</summary>
    public required IReadOnlyList<Tensor> SingleStream { get; init; }

    /// <summary>Modulation of the last layer, [S, B, 2 C].</summary>
    public required Tensor Final { get; init; }
}

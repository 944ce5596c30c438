namespace Moda.Runtime.Sampling;

/// <summary>What the motion of a clip depends on besides its audio.</summary>
/// <param name="Emotion">0 .. 8; 8 is none.</param>
/// <param name="Keypoints">The face's canonical keypoints, [21, 3].</param>
/// <param name="PreviousMotion">[70], normalised: the face's own motion, which the first segment goes on from.</param>
public sealed record ClipConditions(int Emotion, ReadOnlyMemory<float> Keypoints, ReadOnlyMemory<float> PreviousMotion);

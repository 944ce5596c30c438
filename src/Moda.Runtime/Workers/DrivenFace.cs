namespace Moda.Runtime.Workers;

/// <summary>A face of a frame whose motion is known.</summary>
/// <param name="Portrait">Whose.</param>
/// <param name="Keypoints">[21, 3]: where its keypoints go.</param>
internal readonly record struct DrivenFace(LoadedPortrait Portrait, ReadOnlyMemory<float> Keypoints);

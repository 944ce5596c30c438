using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>A frame whose motion is known.</summary>
/// <param name="Keypoints">[21, 3]: where the keypoints go; empty where nothing moves.</param>
/// <param name="Picture">What it shows where that is not the clip's portrait; else null.</param>
internal readonly record struct DrivenFrame(ReadOnlyMemory<float> Keypoints, FramePicture? Picture = null)
{
    /// <summary>Whether it is shown as it is.</summary>
    public bool IsFinished => Picture is { Portrait: null };
}

using Moda.Runtime.Workers;

namespace Moda.Runtime.Scheduling;

/// <summary>A frame of a clip that has been taken to be rendered.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Place">0 for the first that was taken, and so on.</param>
/// <param name="Index">The frame's number in the clip.</param>
/// <param name="Driving">[21, 3]: where the portrait's keypoints go.</param>
/// <param name="Picture">What it shows where that is not the clip's portrait; else null.</param>
internal readonly record struct ClipFrame(
    IEngineClip Clip, int Place, int Index, ReadOnlyMemory<float> Driving, FramePicture? Picture = null);

using Moda.Runtime.Motion;

namespace Moda.Runtime.Workers;

/// <summary>
/// A frame whose motion is known. Whoever holds one with a picture of its own holds a lease of each of its faces; other frames show their
/// clip's portraits, which the clip has leased.
/// </summary>
/// <param name="Faces">What is rendered and pasted into it, one after the other; empty where nothing moves.</param>
/// <param name="Picture">What it shows where that is not the clip's picture; else null.</param>
internal readonly record struct DrivenFrame(ReadOnlyMemory<DrivenFace> Faces, FramePicture? Picture = null)
{
    /// <summary>Whether it is shown as it is.</summary>
    public bool IsFinished => Faces.IsEmpty;

    /// <summary>The frames of one portrait.</summary>
    /// <param name="portrait">The portrait.</param>
    /// <param name="driving">Where its keypoints go in each frame.</param>
    public static DrivenFrame[] Each(LoadedPortrait portrait, DrivingKeypoints driving)
    {
        // One array for all frames.
        var faces = new DrivenFace[driving.Frames];
        var frames = new DrivenFrame[faces.Length];
        for (int frame = 0; frame < frames.Length; frame++)
        {
            faces[frame] = new DrivenFace(portrait, driving.Keep(frame));
            frames[frame] = new DrivenFrame(faces.AsMemory(frame, 1));
        }

        return frames;
    }

    /// <summary>Ends the leases that go with it.</summary>
    public void Release()
    {
        if (Picture is not null)
        {
            foreach (DrivenFace face in Faces.Span)
            {
                face.Portrait.Release();
            }
        }
    }
}

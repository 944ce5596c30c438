using Moda.Runtime.Observation;
using Moda.Runtime.Options;

namespace Moda.Runtime.Workers;

/// <summary>One face of a frame that a worker is to render and paste back.</summary>
/// <param name="Index">Its number in its clip.</param>
/// <param name="Portrait">Whose.</param>
/// <param name="Driving">[21, 3]: where the keypoints go.</param>
/// <param name="PasteBack">How it is put back into the portrait.</param>
/// <param name="Pixels">[height, width, 3]: a buffer that held the portrait, or a frame of it, before.</param>
/// <param name="IsOfVideo">Whether the portrait is a frame of a video, which is rendered once.</param>
/// <param name="Observer">Receives the face before it is pasted; null where nobody is told.</param>
/// <param name="IsOneOfSeveral">Whether it is pasted over what <paramref name="Pixels"/> hold, since they have other faces too.</param>
internal readonly record struct FrameOrder(
    int Index, LoadedPortrait Portrait, ReadOnlyMemory<float> Driving, PasteBackMode PasteBack, byte[] Pixels, bool IsOfVideo,
    ClipObserver? Observer, bool IsOneOfSeveral = false);

using Moda.Runtime.Workers;

namespace Moda.Runtime.Scheduling;

/// <summary>One face of a clip's frame that has been taken to be rendered. The frame's other faces are taken before or after it.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Place">0 for the first frame that was taken, and so on.</param>
/// <param name="Index">The frame's number in the clip.</param>
/// <param name="Driven">The frame.</param>
/// <param name="Face">Which of its faces.</param>
/// <param name="Pixels">[height, width, 3]: what holds the faces before this one; null for the first.</param>
internal readonly record struct ClipFrame(
    IEngineClip Clip, int Place, int Index, DrivenFrame Driven, int Face = 0, byte[]? Pixels = null);

using Moda.Runtime.Audio;

namespace Moda.Runtime;

/// <summary>A face of a group and what it says.</summary>
/// <param name="Portrait">The face; see <see cref="TalkingHeadEngine.PrepareFacesAsync"/>.</param>
/// <param name="Voice">
/// Mono samples at 16 kHz, read once; the caller disposes it after the clip. Faces that say the same need a reader each.
/// </param>
public sealed record SpeakingFace(PreparedPortrait Portrait, ISampleReader Voice);

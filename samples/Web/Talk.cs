using Moda.Runtime;
using Moda.Runtime.Audio;

namespace Moda.Samples.Web;

/// <summary>An upload that waits to be played once.</summary>
/// <param name="Portrait">The portrait, which the player disposes.</param>
/// <param name="Voice">The voice, which the player disposes.</param>
internal sealed record Talk(PreparedPortrait Portrait, SoundTrack Voice);

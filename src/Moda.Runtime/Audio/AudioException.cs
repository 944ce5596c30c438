using Moda.Weights;

namespace Moda.Runtime.Audio;

/// <summary>
/// Audio that cannot be used: not audio at all, an encoding that nothing here reads, empty, too short, or holding
/// samples that are not finite. The message names the audio and says what was found.
/// </summary>
public sealed class AudioException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which audio, what was found, what to do.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public AudioException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

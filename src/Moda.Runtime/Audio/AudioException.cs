using Moda.Weights;

namespace Moda.Runtime.Audio;

/// <summary>
/// The audio cannot be used: it is not audio, has an unsupported encoding, is empty or too short, or holds NaN or infinite samples. The
/// message names the audio and says what was found.
/// </summary>
public sealed class AudioException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which audio, what was found, what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public AudioException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

using Moda.Weights;

namespace Moda.Runtime.Faces;

/// <summary>Face landmarks cannot be read or cannot be used. The message says where they came from and what is wrong.</summary>
public sealed class LandmarkException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Where the landmarks came from, what was found, what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public LandmarkException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

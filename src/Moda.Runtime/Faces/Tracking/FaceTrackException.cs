using Moda.Weights;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>What was found out about a video's face could not be kept on disk. The message says where and what to do.</summary>
public sealed class FaceTrackException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found, what to do.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public FaceTrackException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

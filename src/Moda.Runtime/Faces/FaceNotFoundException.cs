using Moda.Weights;

namespace Moda.Runtime.Faces;

/// <summary>An image has no face, or not the chosen one. The message says what was found and what helps.</summary>
public sealed class FaceNotFoundException : ModaException
{
    /// <summary>Creates the exception.</summary>
    public FaceNotFoundException(string message)
        : base(message)
    {
    }
}

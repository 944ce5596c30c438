using Moda.Weights;

namespace Moda.Runtime.Faces;

/// <summary>An image holds no face, or not the one that was chosen. The message says what was found and what would help.</summary>
public sealed class FaceNotFoundException : ModaException
{
    /// <summary>Says what was found and what would help.</summary>
    public FaceNotFoundException(string message)
        : base(message)
    {
    }
}

namespace Moda.Weights;

/// <summary>
/// The base of all exceptions that this engine defines. An embedding program can catch it to tell the engine's errors from others.
/// Invalid arguments, files that cannot be opened and cancellation keep .NET's own exceptions.
/// </summary>
public abstract class ModaException : Exception
{
    /// <summary>Sets the message.</summary>
    /// <param name="message">What was being done, what was found, and what to do about it.</param>
    /// <param name="inner">The exception that caused this one; null for none.</param>
    protected ModaException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>A video could not be written. The message names the output, the cause, and what to do.</summary>
public sealed class VideoOutputException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The path of the output.</param>
    /// <param name="problem">A sentence that says what was found and what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public VideoOutputException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The output.</summary>
    public string Path { get; }
}

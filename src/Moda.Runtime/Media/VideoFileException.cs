using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>
/// A video could not be read (the file holds no video or no frames, or ends early) or written. The message names the file and says what was
/// found and what to do.
/// </summary>
public sealed class VideoFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file or other output.</param>
    /// <param name="problem">A sentence that says what was found and what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public VideoFileException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file or other output.</summary>
    public string Path { get; }
}

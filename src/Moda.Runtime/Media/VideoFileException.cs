using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>
/// A file cannot be read as a video: it holds no video or no frames, or ends early. The message names the file and says what was found and
/// what to do.
/// </summary>
public sealed class VideoFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">A sentence that says what was found and what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public VideoFileException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}

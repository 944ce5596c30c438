using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>
/// A file that cannot be read as a video: it holds none, not a single frame, or ends early. The message names the file and says what was
/// found and what to do.
/// </summary>
public sealed class VideoFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found and what to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoFileException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}

using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>
/// A video could not be read (the file holds none, not a single frame, or ends early) or written. The message names the file and says
/// what was found and what to do.
/// </summary>
public sealed class VideoFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file, or what else was to be written.</param>
    /// <param name="problem">What was found and what to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoFileException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file, or what else was to be written.</summary>
    public string Path { get; }
}

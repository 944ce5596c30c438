using Moda.Weights;

namespace Moda.Runtime.Media;

/// <summary>A video could not be written. The message names the output and says why and what to do.</summary>
public sealed class VideoOutputException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The output.</param>
    /// <param name="problem">What was found and what to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoOutputException(string path, string problem, Exception? innerException = null)
        : base($"video '{path}': {problem}", innerException) => Path = path;

    /// <summary>The output.</summary>
    public string Path { get; }
}

using Moda.Weights;

namespace Moda.Runtime.Imaging;

/// <summary>An image could not be read or written, or has a size that cannot be used. The message names the file.</summary>
public sealed class ImageFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file, or what stands for it.</param>
    /// <param name="problem">What was found and what to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public ImageFileException(string path, string problem, Exception? innerException = null)
        : base($"image '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file, or what stands for it.</summary>
    public string Path { get; }
}

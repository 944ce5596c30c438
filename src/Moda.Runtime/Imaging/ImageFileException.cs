using Moda.Weights;

namespace Moda.Runtime.Imaging;

/// <summary>An image could not be read or written, or has an unusable size. The message names the file.</summary>
public sealed class ImageFileException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file, or its name in messages.</param>
    /// <param name="problem">A sentence that says what was found and what to do.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public ImageFileException(string path, string problem, Exception? innerException = null)
        : base($"image '{path}': {problem}", innerException) => Path = path;

    /// <summary>The file, or its name in messages.</summary>
    public string Path { get; }
}

using Moda.Weights;

namespace Moda.Onnx;

/// <summary>An ONNX model is missing, damaged or not the one that is needed. The message names the file.</summary>
public sealed class OnnxModelException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="problem">What was found and what to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public OnnxModelException(string path, string problem, Exception? innerException = null)
        : base($"model '{path}': {problem}", innerException) => Path = path;

    /// <summary>The model's file.</summary>
    public string Path { get; }
}

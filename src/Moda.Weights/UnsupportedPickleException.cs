namespace Moda.Weights;

/// <summary>
/// A checkpoint's pickle asks for something that is not on the list of what checkpoints may contain. Nothing of it has been executed.
/// </summary>
public sealed class UnsupportedPickleException : CheckpointFormatException
{
    /// <summary>Says what was asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="construct">The opcode or the global name, as in <c>os.system</c>.</param>
    /// <param name="problem">What is wrong with it.</param>
    public UnsupportedPickleException(string path, string construct, string problem)
        : base(path, problem) => Construct = construct;

    /// <summary>The opcode or the global name.</summary>
    public string Construct { get; }
}

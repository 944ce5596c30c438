namespace Moda.Weights;

/// <summary>
/// A checkpoint's pickle uses an opcode or a name that is not on the list of allowed ones. No part of it has been executed.
/// </summary>
public sealed class UnsupportedPickleException : CheckpointFormatException
{
    /// <summary>Creates the exception. The message names the construct.</summary>
    /// <param name="path">The file.</param>
    /// <param name="construct">The opcode or the global name, as in <c>os.system</c>.</param>
    /// <param name="problem">What is wrong with the construct.</param>
    public UnsupportedPickleException(string path, string construct, string problem)
        : base(path, problem) => Construct = construct;

    /// <summary>The opcode or the global name.</summary>
    public string Construct { get; }
}

namespace Moda.Weights;

/// <summary>A weight file is damaged, or has a form that cannot be read.</summary>
public class CheckpointFormatException : ModaException
{
    /// <summary>Creates the exception. The message names the file and the problem. Text quoted from the file is cut to a bounded length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">A sentence that says what was found and what was expected. It does not repeat the path.</param>
    /// <param name="inner">The exception that revealed the problem; null for none.</param>
    public CheckpointFormatException(string path, string problem, Exception? inner = null)
        : base($"Cannot read the weights in '{path}': {ShownText.Of(problem, ShownText.LongestMessage)}", inner)
    {
        Path = path;
        Problem = ShownText.Of(problem, ShownText.LongestMessage);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with the file.</summary>
    public string Problem { get; }
}

namespace Moda.Weights;

/// <summary>A file of weights is damaged, or written in a way that is not understood.</summary>
public class CheckpointFormatException : ModaException
{
    /// <summary>Says which file and what is wrong with it. What is quoted from the file is cut to a bounded length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found and what was expected, as a sentence without its subject's path.</param>
    /// <param name="inner">What made it known, if an exception did.</param>
    public CheckpointFormatException(string path, string problem, Exception? inner = null)
        : base($"Cannot read the weights in '{path}': {ShownText.Of(problem, ShownText.LongestMessage)}", inner)
    {
        Path = path;
        Problem = ShownText.Of(problem, ShownText.LongestMessage);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; }
}

using Moda.Weights;

namespace Moda.Runtime.Motion;

/// <summary>A file of motion is damaged, or no file of motion. Nothing of it has been executed.</summary>
public sealed class MotionFileException : ModaException
{
    /// <summary>Says which file and what is wrong with it. What is quoted from the file is cut to a bounded length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found and what was expected, as a sentence without the file's name.</param>
    /// <param name="inner">What made it known, if an exception did.</param>
    public MotionFileException(string path, string problem, Exception? inner = null)
        : base($"Cannot read the motion in '{path}': {ShownText.Of(problem, ShownText.LongestMessage)}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}

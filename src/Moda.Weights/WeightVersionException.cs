namespace Moda.Weights;

/// <summary>A set of weights has another format version.</summary>
public sealed class WeightVersionException : ModaException
{
    /// <summary>Creates the exception. The message names the file and both versions.</summary>
    public WeightVersionException(string path, int found, int supported)
        : base($"The weights described by '{path}' are of format version {found}, but this program reads version {supported}: convert or synthesize them again.")
    {
        Path = path;
        Found = found;
        Supported = supported;
    }

    /// <summary>The path of <c>moda.json</c>.</summary>
    public string Path { get; }

    /// <summary>The format version that was found.</summary>
    public int Found { get; }

    /// <summary>The format version that can be read.</summary>
    public int Supported { get; }
}

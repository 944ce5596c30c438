namespace Moda.Weights;

/// <summary>A set of weights was written by another version of the format.</summary>
public sealed class WeightVersionException : ModaException
{
    /// <summary>Says which set and which version.</summary>
    public WeightVersionException(string path, int found, int supported)
        : base($"The weights described by '{path}' are of format version {found}, but this program reads version {supported}: convert or synthesize them again.")
    {
        Path = path;
        Found = found;
        Supported = supported;
    }

    /// <summary>The description's file.</summary>
    public string Path { get; }

    /// <summary>The version that it has.</summary>
    public int Found { get; }

    /// <summary>The version that can be read.</summary>
    public int Supported { get; }
}

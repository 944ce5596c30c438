namespace Moda.Weights;

/// <summary>A tensor that was asked for is not in the file.</summary>
public sealed class TensorNotFoundException : ModaException
{
    /// <summary>Says which tensor is missing where.</summary>
    public TensorNotFoundException(string name, string source)
        : base($"There is no tensor '{ShownText.Of(name, ShownText.LongestName)}' in {source}.")
    {
        TensorName = name;
        SourceDescription = source;
    }

    /// <summary>The tensor's name.</summary>
    public string TensorName { get; }

    /// <summary>Where it was looked for.</summary>
    public string SourceDescription { get; }
}

/// <summary>A tensor is there but has another shape, or other values, than the network needs.</summary>
public sealed class TensorMismatchException : ModaException
{
    /// <summary>Says which tensor, what was expected and what was found.</summary>
    public TensorMismatchException(string name, string source, string expected, string found)
        : base($"Tensor '{ShownText.Of(name, ShownText.LongestName)}' in {source} is {found}, but {expected} is needed.")
    {
        TensorName = name;
        SourceDescription = source;
    }

    /// <summary>The tensor's name.</summary>
    public string TensorName { get; }

    /// <summary>Where it lies.</summary>
    public string SourceDescription { get; }
}

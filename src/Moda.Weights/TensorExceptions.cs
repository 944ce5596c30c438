namespace Moda.Weights;

/// <summary>A requested tensor is missing.</summary>
public sealed class TensorNotFoundException : ModaException
{
    /// <summary>Creates the exception. The message names the tensor and where it is missing.</summary>
    public TensorNotFoundException(string name, string source)
        : base($"There is no tensor '{ShownText.Of(name, ShownText.LongestName)}' in {source}.")
    {
        TensorName = name;
        SourceDescription = source;
    }

    /// <summary>The tensor's name.</summary>
    public string TensorName { get; }

    /// <summary>Where the tensor was looked for.</summary>
    public string SourceDescription { get; }
}

/// <summary>A tensor has a shape or values that the network cannot use.</summary>
public sealed class TensorMismatchException : ModaException
{
    /// <summary>Creates the exception. The message names the tensor, what was expected, and what was found.</summary>
    public TensorMismatchException(string name, string source, string expected, string found)
        : base($"Tensor '{ShownText.Of(name, ShownText.LongestName)}' in {source} is {found}, but {expected} is needed.")
    {
        TensorName = name;
        SourceDescription = source;
    }

    /// <summary>The tensor's name.</summary>
    public string TensorName { get; }

    /// <summary>Where the tensor comes from.</summary>
    public string SourceDescription { get; }
}

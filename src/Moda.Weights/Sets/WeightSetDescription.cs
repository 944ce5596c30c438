namespace Moda.Weights.Sets;

/// <summary>One network's file in a set of weights.</summary>
/// <param name="File">The file's name within the set's folder.</param>
/// <param name="ByteLength">The file's length.</param>
/// <param name="Sha256">The SHA-256 of the file, in lower-case hexadecimal.</param>
/// <param name="TensorCount">The number of tensors.</param>
/// <param name="ParameterCount">The number of elements of all tensors.</param>
/// <param name="Sources">The files that the network was converted from.</param>
/// <param name="Sizes">The network's sizes. The keys are their names.</param>
public sealed record NetworkFile(
    string File,
    long ByteLength,
    string Sha256,
    int TensorCount,
    long ParameterCount,
    IReadOnlyList<string> Sources,
    IReadOnlyDictionary<string, int> Sizes);

/// <summary>The content of <c>moda.json</c>, which describes a set of weights.</summary>
/// <param name="Origin">Where the set comes from, in words.</param>
/// <param name="Preset">The preset, for synthetic weights.</param>
/// <param name="Seed">The seed, for synthetic weights.</param>
/// <param name="ElementType">The stored type of the elements.</param>
/// <param name="Networks">The networks' files. The keys are network names.</param>
/// <param name="AudioEncoder">Settings of the audio encoder that its tensor shapes do not show.</param>
/// <param name="MotionStatistics">The statistics that normalise motion.</param>
internal sealed record WeightSetDescription(
    string Origin,
    WeightPreset? Preset,
    ulong? Seed,
    StoredType ElementType,
    IReadOnlyDictionary<string, NetworkFile> Networks,
    AudioEncoderSettings AudioEncoder,
    MeanAndDeviation MotionStatistics)
{
    /// <summary>The format version that this library writes and reads.</summary>
    public const int FormatVersion = 1;

    /// <summary>The name of the file that describes a set.</summary>
    public const string FileName = "moda.json";
}

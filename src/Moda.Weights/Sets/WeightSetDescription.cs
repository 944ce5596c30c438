namespace Moda.Weights.Sets;

/// <summary>One network's file in a set of weights.</summary>
/// <param name="File">The file's name within the set's folder.</param>
/// <param name="ByteLength">The file's length.</param>
/// <param name="Sha256">The SHA-256 of the file, in lower-case hexadecimal.</param>
/// <param name="TensorCount">How many tensors it has.</param>
/// <param name="ParameterCount">How many elements they have together.</param>
/// <param name="Sources">What it was made from.</param>
/// <param name="Sizes">The network's sizes by their names.</param>
public sealed record NetworkFile(
    string File,
    long ByteLength,
    string Sha256,
    int TensorCount,
    long ParameterCount,
    IReadOnlyList<string> Sources,
    IReadOnlyDictionary<string, int> Sizes);

/// <summary>What <c>moda.json</c> says about a set of weights.</summary>
/// <param name="Origin">What the set was made from, in words.</param>
/// <param name="Preset">The preset, for synthetic weights.</param>
/// <param name="Seed">The seed, for synthetic weights.</param>
/// <param name="ElementType">How the elements are stored.</param>
/// <param name="Networks">The files by the networks' names.</param>
/// <param name="AudioEncoder">What the audio encoder's tensors do not say.</param>
/// <param name="MotionStatistics">By which motion is normalised.</param>
internal sealed record WeightSetDescription(
    string Origin,
    WeightPreset? Preset,
    ulong? Seed,
    StoredType ElementType,
    IReadOnlyDictionary<string, NetworkFile> Networks,
    AudioEncoderSettings AudioEncoder,
    MeanAndDeviation MotionStatistics)
{
    /// <summary>The version of the format that is written and read.</summary>
    public const int FormatVersion = 1;

    /// <summary>The name of the file that describes a set.</summary>
    public const string FileName = "moda.json";
}

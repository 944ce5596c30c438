namespace Moda.Runtime.Networks.Motion;

/// <summary>The names of a stream's parts in the checkpoint.</summary>
/// <param name="Attention">The name in the block's attention: <c>xs</c>, <c>au</c>.</param>
/// <param name="Modality">The name in the MLP and the modulation: <c>xs</c>, <c>audio</c>.</param>
/// <param name="Index">A number that is appended to both; empty when the modality has one stream.</param>
internal readonly record struct StreamNames(string Attention, string Modality, string Index)
{
    /// <summary>Motion, audio, emotion and identity.</summary>
    public static IReadOnlyList<StreamNames> FourStreams { get; } =
        [new("xs", "xs", ""), new("au", "audio", "1"), new("au", "audio", "2"), new("au", "audio", "3")];

    /// <summary>Motion, and all other streams joined.</summary>
    public static IReadOnlyList<StreamNames> TwoStreams { get; } =
        [new("xs", "xs", ""), new("au", "audio", "")];

    public string QueryKeyValue => $"qkv_{Attention}{Index}";

    public string QueryNorm => $"{Attention}_q_norm{Index}";

    public string KeyNorm => $"{Attention}_k_norm{Index}";

    public string Projection => $"{Attention}_proj{Index}";

    public string Mlp => $"{Modality}_mlp{Index}";

    public string Modulation => $"adaLN_modulation_{Modality}{Index}.1";
}

namespace Moda.Runtime.Networks.Motion;

/// <summary>How the checkpoint names the parts of one stream of a multi-stream block.</summary>
/// <param name="Attention">In its attention: <c>xs</c>, <c>au</c>.</param>
/// <param name="Modality">In its MLP and modulation: <c>xs</c>, <c>audio</c>.</param>
/// <param name="Index">Appended to both; empty where there is one stream of the modality.</param>
internal readonly record struct StreamNames(string Attention, string Modality, string Index)
{
    /// <summary>Motion, audio, emotion and identity.</summary>
    public static IReadOnlyList<StreamNames> FourStreams { get; } =
        [new("xs", "xs", ""), new("au", "audio", "1"), new("au", "audio", "2"), new("au", "audio", "3")];

    /// <summary>Motion, and everything else.</summary>
    public static IReadOnlyList<StreamNames> TwoStreams { get; } =
        [new("xs", "xs", ""), new("au", "audio", "")];

    public string QueryKeyValue => $"qkv_{Attention}{Index}";

    public string QueryNorm => $"{Attention}_q_norm{Index}";

    public string KeyNorm => $"{Attention}_k_norm{Index}";

    public string Projection => $"{Attention}_proj{Index}";

    public string Mlp => $"{Modality}_mlp{Index}";

    public string Modulation => $"adaLN_modulation_{Modality}{Index}.1";
}

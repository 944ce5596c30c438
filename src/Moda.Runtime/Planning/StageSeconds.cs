namespace Moda.Runtime.Planning;

/// <summary>Seconds that the stages of a clip are at work.</summary>
/// <param name="Encoding">The voice is encoded.</param>
/// <param name="Motion">Motion is sampled.</param>
/// <param name="Rendering">Frames are rendered.</param>
/// <param name="Pasting">Frames are copied to the host and pasted back.</param>
internal readonly record struct StageSeconds(double Encoding, double Motion, double Rendering, double Pasting)
{
    /// <summary>All of them, one after another.</summary>
    public TimeSpan Sum => TimeSpan.FromSeconds(Encoding + Motion + Rendering + Pasting);
}

namespace Moda.Runtime.Networks.Audio;

/// <summary>What an audio encoder makes of speech, at 25 frames in a second.</summary>
/// <param name="Values">[frames, A], row-major; A is the channels of all layers side by side.</param>
/// <param name="Frames">How many frames there are.</param>
internal sealed record AudioEmbedding(float[] Values, int Frames)
{
    /// <summary>Channels A of a frame.</summary>
    public int Channels => Values.Length / Frames;
}

namespace Moda.Runtime.Networks.Audio;

/// <summary>The output of the audio encoder, at 25 frames per second.</summary>
/// <param name="Values">[frames, A], row-major. A is the number of channels of all layers together.</param>
/// <param name="Frames">The number of frames.</param>
internal sealed record AudioEmbedding(float[] Values, int Frames)
{
    /// <summary>The channels A of a frame.</summary>
    public int Channels => Values.Length / Frames;
}

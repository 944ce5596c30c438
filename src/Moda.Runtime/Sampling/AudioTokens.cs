namespace Moda.Runtime.Sampling;

/// <summary>Frames of speech as the motion generator hears them, at 25 in a second.</summary>
/// <param name="Values">[frames, C], row-major: <see cref="Networks.Motion.MotionGenerator.EmbedAudio"/> of the audio embedding.</param>
/// <param name="Frames">How many frames there are; at least 1.</param>
internal sealed record AudioTokens(float[] Values, int Frames)
{
    /// <summary>Channels C of a frame.</summary>
    public int Channels => Values.Length / Frames;
}

namespace Moda.Runtime.Audio;

/// <summary>A stretch of audio that the encoder takes at once.</summary>
/// <param name="InputValues">[frames * 640 + 80] samples: normalised, cut to whole frames, padded at both ends.</param>
/// <param name="Frames">Video frames at 25 per second that the piece lasts; the encoder's output has as many.</param>
/// <param name="Level">
/// The loudness that the piece is left at: 1, and less for a piece much quieter than those before it. A norm over the piece would undo
/// it, and has to apply it again.
/// </param>
internal sealed record AudioPiece(ReadOnlyMemory<float> InputValues, int Frames, float Level = 1)
{
    /// <summary>What the encoder's first norm is computed from where the piece is a part of a longer sound; null for the piece itself.</summary>
    public SampleStatistics? Statistics { get; init; }
}

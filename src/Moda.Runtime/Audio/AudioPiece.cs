namespace Moda.Runtime.Audio;

/// <summary>A piece of audio that the encoder processes in one pass.</summary>
/// <param name="InputValues">[frames * 640 + 80] samples: normalised, cut to whole video frames, padded at both ends.</param>
/// <param name="Frames">The piece's length in video frames at 25 per second. The encoder's output has as many frames.</param>
/// <param name="Level">
/// The loudness of the piece: 1, or less for a piece that is much quieter than those before it. A norm over the piece removes this factor,
/// so it must apply the factor again.
/// </param>
internal sealed record AudioPiece(ReadOnlyMemory<float> InputValues, int Frames, float Level = 1)
{
    /// <summary>What the encoder's first norm is computed from where the piece is a part of a longer sound; null for the piece itself.</summary>
    public SampleStatistics? Statistics { get; init; }
}

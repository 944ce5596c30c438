namespace Moda.Runtime.Options;

/// <summary>What the loudness of a piece of speech, a minute at most, is measured by.</summary>
internal enum PieceScaling
{
    /// <summary>
    /// The default: each piece is scaled by itself, but no further than to 12 dB above what the loudest piece before it needs. A piece
    /// that holds breath and noise only stays quiet, and the lips rest.
    /// </summary>
    CarriedOver,

    /// <summary>The reference's: each piece by itself. Noise in a piece without speech is as loud to the networks as speech, and lips follow it.</summary>
    EachPiece,
}

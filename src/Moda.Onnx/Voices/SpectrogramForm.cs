namespace Moda.Onnx.Voices;

/// <summary>The sizes of a network's spectrograms, from which all lengths of sound follow.</summary>
/// <param name="FftLength">Samples in a transform.</param>
/// <param name="Frequencies">Of its FftLength / 2 + 1, those that the network takes, from the lowest on.</param>
/// <param name="Frames">Transforms in a chunk.</param>
internal sealed record SpectrogramForm(int FftLength, int Frequencies, int Frames)
{
    /// <summary>Samples between two transforms.</summary>
    public const int Hop = 1024;

    /// <summary>Samples that the network takes at once.</summary>
    public int ChunkLength => Hop * (Frames - 1);

    /// <summary>Half a transform: what reaches over each end of a chunk.</summary>
    public int Margin => FftLength / 2;

    /// <summary>Values of the network's tensor [1, 4, frequencies, frames].</summary>
    public int ValueCount => Spectrogram.Planes * Frequencies * Frames;
}

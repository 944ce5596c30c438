namespace Moda.Runtime.Audio;

/// <summary>The encoding of a WAV file's samples.</summary>
internal enum WavEncoding
{
    /// <summary>A compressed or unusual encoding, which ffmpeg may support.</summary>
    Other,

    /// <summary>Integers: unsigned with one byte, signed little-endian with more.</summary>
    Integer,

    /// <summary>IEEE 754 numbers, full scale -1..1.</summary>
    FloatingPoint,
}

/// <summary>The <c>fmt </c> chunk of a WAV file.</summary>
/// <param name="Encoding">The encoding of the samples.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="SampleRate">Samples per second of each channel.</param>
/// <param name="BytesPerSample">The stored size of one sample. Samples with fewer bits are left-aligned in it.</param>
internal readonly record struct WavFormat(WavEncoding Encoding, int Channels, int SampleRate, int BytesPerSample)
{
    public int BytesPerFrame => Channels * BytesPerSample;
}

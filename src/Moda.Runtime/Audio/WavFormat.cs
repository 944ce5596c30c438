namespace Moda.Runtime.Audio;

/// <summary>How a WAV file stores its samples.</summary>
internal enum WavEncoding
{
    /// <summary>A compressed or unusual form, which ffmpeg may know.</summary>
    Other,

    /// <summary>Integers: unsigned for one byte, signed little-endian for more.</summary>
    Integer,

    /// <summary>IEEE 754 numbers, full scale -1..1.</summary>
    FloatingPoint,
}

/// <summary>The <c>fmt </c> chunk of a WAV file.</summary>
/// <param name="Encoding">How samples are stored.</param>
/// <param name="Channels">Samples in a frame.</param>
/// <param name="SampleRate">Frames in a second.</param>
/// <param name="BytesPerSample">Size of one sample's container; samples of fewer bits are left-aligned in it.</param>
internal readonly record struct WavFormat(WavEncoding Encoding, int Channels, int SampleRate, int BytesPerSample)
{
    public int BytesPerFrame => Channels * BytesPerSample;
}

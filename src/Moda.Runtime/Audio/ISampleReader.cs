namespace Moda.Runtime.Audio;

/// <summary>
/// Mono samples, read once from front to back, so that memory does not grow with the length of the audio. Disposing the reader releases the
/// file or process behind it.
/// </summary>
public interface ISampleReader : IAsyncDisposable
{
    /// <summary>The source of the samples, for messages (<c>'voice.wav'</c>).</summary>
    string Description { get; }

    /// <summary>Samples per second.</summary>
    int SampleRate { get; }

    /// <summary>Reads the next samples. Full scale is -1..1.</summary>
    /// <param name="destination">Receives the samples. It must not be empty.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The number of samples that were read, at least 1; 0 at the end.</returns>
    /// <exception cref="AudioException">The source is not usable audio.</exception>
    ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default);
}

/// <summary>Methods for all sample readers.</summary>
internal static class SampleReaderExtensions
{
    /// <summary>How many samples there are in all; null where the reader does not know.</summary>
    /// <param name="reader">The reader, at any position.</param>
    public static long? KnownLength(this ISampleReader reader) => (reader as IMeasuredReader)?.Length;

    /// <summary>Reads until the destination is full or the samples end.</summary>
    /// <param name="reader">The reader, which is read from its current position.</param>
    /// <param name="destination">Receives the samples.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The number of samples that were read. It is smaller than the destination only at the end.</returns>
    public static async ValueTask<int> FillAsync(
        this ISampleReader reader, Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int filled = 0;
        while (filled < destination.Length)
        {
            int read = await reader.ReadAsync(destination[filled..], cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }
            filled += read;
        }
        return filled;
    }

    /// <summary>Reads all remaining samples.</summary>
    /// <param name="reader">The reader, which is read from its current position to its end.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<float[]> ReadToEndAsync(this ISampleReader reader, CancellationToken cancellationToken = default)
    {
        const int FirstLength = 10 * Waveform.SampleRate;
        float[] samples = new float[FirstLength];
        int length = 0;
        while (true)
        {
            int read = await reader.FillAsync(samples.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            if (length < samples.Length)
            {
                Array.Resize(ref samples, length);
                return samples;
            }
            Array.Resize(ref samples, 2 * samples.Length);
        }
    }
}

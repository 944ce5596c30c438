namespace Moda.Runtime.Audio;

/// <summary>
/// Mono samples read once, front to back, so that memory does not grow with the length of the audio. Disposing it
/// releases the file or process behind it.
/// </summary>
public interface ISampleReader : IAsyncDisposable
{
    /// <summary>What the samples come from, for messages (<c>'voice.wav'</c>).</summary>
    string Description { get; }

    /// <summary>Samples in a second.</summary>
    int SampleRate { get; }

    /// <summary>Reads the next samples; full scale is -1..1.</summary>
    /// <param name="destination">Takes the samples; not empty.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>How many samples were read, at least one; 0 at the end.</returns>
    /// <exception cref="AudioException">What is read turns out not to be usable audio.</exception>
    ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default);
}

/// <summary>Ways of reading that every reader of samples has.</summary>
internal static class SampleReaderExtensions
{
    /// <summary>Reads until the destination is full or the samples end.</summary>
    /// <param name="reader">Read from its current position.</param>
    /// <param name="destination">Takes the samples.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>How many samples were read; fewer than the destination holds only at the end.</returns>
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

    /// <summary>Reads everything that is left.</summary>
    /// <param name="reader">Read from its current position to its end.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
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

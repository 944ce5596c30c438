namespace Moda.Runtime.Audio;

/// <summary>
/// Decoded samples of all channels, read once, front to back, on the timeline of their container: sample n of a channel is heard
/// n / <see cref="SampleRate"/> seconds after its start. Disposing it releases the file or process behind it.
/// </summary>
internal interface IChannelReader : IAsyncDisposable
{
    /// <summary>What the samples come from, for messages (<c>'voice.wav'</c>).</summary>
    string Description { get; }

    /// <summary>Samples of a channel in a second.</summary>
    int SampleRate { get; }

    /// <summary>Samples that are heard at once.</summary>
    int Channels { get; }

    /// <summary>Reads the next samples; full scale is -1..1.</summary>
    /// <param name="destination">[count, channels]; takes whole instants only.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>How many instants were read, at least one; 0 at the end.</returns>
    /// <exception cref="AudioException">What is read turns out not to be usable audio.</exception>
    ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default);
}

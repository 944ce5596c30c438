namespace Moda.Runtime.Audio;

/// <summary>
/// Decoded samples of all channels, read once from front to back. They lie on the timeline of their container: sample n of a channel is
/// heard n / <see cref="SampleRate"/> seconds after its start. Disposing the reader releases the file or process behind it.
/// </summary>
internal interface IChannelReader : IAsyncDisposable
{
    /// <summary>The source of the samples, for messages (<c>'voice.wav'</c>).</summary>
    string Description { get; }

    /// <summary>Samples per second of each channel.</summary>
    int SampleRate { get; }

    /// <summary>The number of channels.</summary>
    int Channels { get; }

    /// <summary>Reads the next samples. Full scale is -1..1.</summary>
    /// <param name="destination">[count, channels]. It receives whole instants: one sample of each channel.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The number of instants that were read, at least 1; 0 at the end.</returns>
    /// <exception cref="AudioException">The source is not usable audio.</exception>
    ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default);
}

using System.Globalization;

namespace Moda.Runtime.Audio;

/// <summary>Samples of a source that may not last longer than a limit. It disposes the source.</summary>
/// <param name="source">The samples.</param>
/// <param name="longest">How long they may last.</param>
internal sealed class LimitedReader(IChannelReader source, TimeSpan longest) : IChannelReader
{
    private long count;

    /// <inheritdoc/>
    public string Description => source.Description;

    /// <inheritdoc/>
    public int SampleRate => source.SampleRate;

    /// <inheritdoc/>
    public int Channels => source.Channels;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        count += read;
        if (count > longest.TotalSeconds * SampleRate)
        {
            throw new AudioException(string.Create(
                CultureInfo.InvariantCulture, $"{Description} lasts longer than {longest.TotalSeconds:0.###} s, the longest that is allowed. Shorten it."));
        }

        return read;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();
}

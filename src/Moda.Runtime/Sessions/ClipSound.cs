using Moda.Runtime.Audio;

namespace Moda.Runtime.Sessions;

/// <summary>The sound that a clip's voice came from, for a video with sound.</summary>
internal readonly struct ClipSound
{
    private readonly SoundTrack? track;
    private readonly Waveform samples;

    /// <summary>The sound of a file, which its owner disposes.</summary>
    public ClipSound(SoundTrack track) => this.track = track;

    /// <summary>A voice in memory.</summary>
    public ClipSound(Waveform samples) => this.samples = samples;

    /// <summary>Gives a sound for the time of one video.</summary>
    /// <param name="sound">The sound; null for none.</param>
    /// <param name="cancellationToken">Stops the copying of samples.</param>
    public static async Task<Lease> OpenAsync(ClipSound? sound, CancellationToken cancellationToken)
    {
        if (sound is not { } known)
        {
            return default;
        }

        return known.track is { } kept
            ? new Lease(kept, IsOwned: false)
            : new Lease(await SoundTrack.FromSamplesAsync(OneBlock(known.samples), Waveform.SampleRate, 1, cancellationToken).ConfigureAwait(false), IsOwned: true);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> OneBlock(Waveform samples)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return samples.Samples;
    }

    /// <summary>The sound, and whether it goes when the video is complete.</summary>
    public readonly record struct Lease(SoundTrack? Track, bool IsOwned) : IAsyncDisposable
    {
        /// <inheritdoc/>
        public ValueTask DisposeAsync() => IsOwned && Track is { } owned ? owned.DisposeAsync() : ValueTask.CompletedTask;
    }
}

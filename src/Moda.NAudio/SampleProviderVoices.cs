using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using NAudio.Wave;

namespace Moda.NAudio;

/// <summary>Voices from what NAudio reads, mixes or records.</summary>
public static class SampleProviderVoices
{
    /// <summary>Samples that are read at one time: a quarter of a second of stereo at 48 kHz.</summary>
    private const int BlockLength = 24_000;

    /// <summary>Reads a provider to its end and keeps its sound, for a video that has it.</summary>
    /// <param name="provider">
    /// Any rate from 1,000 to 384,000 Hz, any number of channels. It is read on threads of the pool, and must end.
    /// </param>
    /// <param name="cancellationToken">Stops the reading between two blocks.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The rate is out of range, the samples are fewer than a video frame lasts, or are not finite; or there is no room for them.
    /// </exception>
    public static Task<SoundTrack> ToSoundTrackAsync(this ISampleProvider provider, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        WaveFormat format = provider.WaveFormat;
        return SoundTrack.FromSamplesAsync(BlocksAsync(provider, CancellationToken.None), format.SampleRate, format.Channels, cancellationToken);
    }

    /// <summary>Opens a provider as mono samples at 16 kHz, read as they are needed: the voice of a clip that is made while it is spoken.</summary>
    /// <param name="provider">
    /// Any rate from 1,000 to 384,000 Hz, any number of channels. It is read on threads of the pool; a read that gives nothing is its end.
    /// </param>
    /// <returns>The reader; the caller disposes it, and the provider after it.</returns>
    /// <exception cref="AudioException">The rate is out of range.</exception>
    public static ISampleReader OpenSpeech(this ISampleProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        WaveFormat format = provider.WaveFormat;
        return AudioInput.FromSamples(BlocksAsync(provider, CancellationToken.None), format.SampleRate, format.Channels);
    }

    // NAudio's reads block: they run on the pool, not on the thread that waits for the samples.
    private static async IAsyncEnumerable<ReadOnlyMemory<float>> BlocksAsync(
        ISampleProvider provider, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int channels = provider.WaveFormat.Channels;
        float[] block = new float[Math.Max(BlockLength / channels, 1) * channels];
        int count;
        while ((count = await Task.Run(() => provider.Read(block), cancellationToken).ConfigureAwait(false)) > 0)
        {
            yield return block.AsMemory(0, count);
        }
    }
}

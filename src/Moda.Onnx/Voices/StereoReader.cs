using Moda.Runtime.Audio;

namespace Moda.Onnx.Voices;

/// <summary>A clip's sound as the network takes it: 44.1 kHz, left and right. Of other numbers of channels than two the mean goes to both.</summary>
internal sealed class StereoReader : IAsyncDisposable
{
    /// <summary>Samples of a channel in a second.</summary>
    public const int SampleRate = 44100;

    private readonly ISampleReader left;
    private readonly ISampleReader? right;

    /// <summary>Reads from the start.</summary>
    /// <param name="sound">Outlives the reader.</param>
    public StereoReader(SoundTrack sound)
    {
        if (sound.Channels == Spectrogram.Channels)
        {
            left = sound.OpenChannel(0, SampleRate);
            right = sound.OpenChannel(1, SampleRate);
        }
        else
        {
            left = sound.OpenMono(SampleRate);
        }
    }

    /// <summary>What the samples come from, for messages.</summary>
    public string Description => left.Description;

    /// <summary>Reads until both destinations are full or the samples end.</summary>
    /// <param name="leftSamples">Takes the left channel.</param>
    /// <param name="rightSamples">Takes the right one; as long as the left.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>How many samples of each channel were read; fewer than asked for only at the end.</returns>
    public async ValueTask<int> FillAsync(Memory<float> leftSamples, Memory<float> rightSamples, CancellationToken cancellationToken)
    {
        int read = await left.FillAsync(leftSamples, cancellationToken).ConfigureAwait(false);
        if (right is null)
        {
            leftSamples[..read].CopyTo(rightSamples);
        }
        else
        {
            await right.FillAsync(rightSamples[..read], cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    /// <summary>Reads everything and gives the largest magnitude of both channels.</summary>
    public async ValueTask<float> MeasurePeakAsync(CancellationToken cancellationToken)
    {
        const int BlockLength = 1 << 14;
        float[] leftBlock = new float[BlockLength];
        float[] rightBlock = new float[BlockLength];
        float peak = 0;
        int read;
        while ((read = await FillAsync(leftBlock, rightBlock, cancellationToken).ConfigureAwait(false)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            peak = Math.Max(peak, Math.Max(SamplePeak.Of(leftBlock.AsSpan(0, read)), SamplePeak.Of(rightBlock.AsSpan(0, read))));
        }

        return peak;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await left.DisposeAsync().ConfigureAwait(false);
        if (right is not null)
        {
            await right.DisposeAsync().ConfigureAwait(false);
        }
    }
}

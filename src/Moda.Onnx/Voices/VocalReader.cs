using Moda.Runtime.Audio;

namespace Moda.Onnx.Voices;

/// <summary>
/// The vocals of a mix, computed chunk by chunk while they are read: chunks overlap by a quarter, fade into each other, and are weighted by the
/// sum of their windows. Memory does not grow with the length of the sound.
/// </summary>
/// <remarks>
/// Reference: audio-separator 0.17.2, <c>MDXSeparator.demix</c>. Its mix has half a transform of silence in front and a multiple of the chunk
/// without its margins in all; chunks are cut at that end.
/// </remarks>
internal sealed class VocalReader : IChannelReader
{
    private readonly VocalNetwork network;
    private readonly StereoReader source;
    private readonly VocalSeparatorOptions options;
    private readonly float scale;
    private readonly IProgress<TimeSpan>? progress;
    private readonly SpectrogramForm form;
    private readonly Spectrogram spectrogram;
    private readonly int step;
    private readonly float[] mixSpectrum;
    private readonly float[] vocalSpectrum;
    private readonly float[][] mix;
    private readonly float[][] vocals;
    private readonly float[][] sums;
    private readonly float[] weights;
    private readonly float[] fullWindow;

    // All positions count samples of the mix with the silence in front of it.
    private long start;
    private long mixEnd = long.MaxValue;
    private int filled;
    private int readyStart;
    private int readyEnd;
    private bool isFirst = true;

    /// <summary>Reads from the start.</summary>
    /// <param name="network">Outlives the reader.</param>
    /// <param name="source">Owned by the new object.</param>
    /// <param name="scale">What the mix is multiplied by first.</param>
    /// <param name="options">How the network is used.</param>
    /// <param name="progress">Told after each chunk how much sound is done; null where nobody is told.</param>
    public VocalReader(VocalNetwork network, StereoReader source, float scale, VocalSeparatorOptions options, IProgress<TimeSpan>? progress)
    {
        this.network = network;
        this.source = source;
        this.scale = scale;
        this.options = options;
        this.progress = progress;
        form = network.Form;
        spectrogram = new Spectrogram(form);
        step = form.ChunkLength * 3 / 4;
        mixSpectrum = new float[form.ValueCount];
        vocalSpectrum = new float[form.ValueCount];
        mix = NewChannels();
        vocals = NewChannels();
        sums = NewChannels();
        weights = new float[form.ChunkLength];
        fullWindow = new float[form.ChunkLength];
        FillWindow(fullWindow);
        filled = form.Margin;
    }

    public string Description => source.Description;

    public int SampleRate => StereoReader.SampleRate;

    public int Channels => Spectrogram.Channels;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        while (readyStart == readyEnd)
        {
            if (!await AdvanceAsync(cancellationToken).ConfigureAwait(false))
            {
                return 0;
            }
        }

        int count = Math.Min(readyEnd - readyStart, destination.Length / Channels);
        Interleave(destination.Span, count);
        readyStart += count;
        return count;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private float[][] NewChannels() => [new float[form.ChunkLength], new float[form.ChunkLength]];

    private void Interleave(Span<float> destination, int count)
    {
        for (int n = 0; n < count; n++)
        {
            int at = readyStart + n;
            float gain = options.Compensation / weights[at];
            destination[Channels * n] = sums[0][at] * gain;
            destination[Channels * n + 1] = sums[1][at] * gain;
        }
    }

    /// <summary>Separates the next chunk.</summary>
    /// <returns>Whether there was one that any sample of the mix needs.</returns>
    private async ValueTask<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        if (!isFirst)
        {
            DropStep();
        }

        isFirst = false;
        if (mixEnd == long.MaxValue)
        {
            await ReadMixAsync(cancellationToken).ConfigureAwait(false);
        }

        if (start >= mixEnd)
        {
            return false;
        }

        Separate(cancellationToken);
        long readyUpTo = Math.Min(start + step, mixEnd);
        readyStart = (int)Math.Max(form.Margin - start, 0);
        readyEnd = (int)(readyUpTo - start);
        progress?.Report(TimeSpan.FromSeconds((double)(readyUpTo - form.Margin) / SampleRate));
        return true;
    }

    private void DropStep()
    {
        start += step;
        filled = Math.Max(filled - step, 0);
        foreach (float[] samples in (ReadOnlySpan<float[]>)[.. mix, .. sums, weights])
        {
            samples.AsSpan(step).CopyTo(samples);
            samples.AsSpan(samples.Length - step).Clear();
        }
    }

    private async ValueTask ReadMixAsync(CancellationToken cancellationToken)
    {
        int wanted = form.ChunkLength - filled;
        int read = await source.FillAsync(mix[0].AsMemory(filled), mix[1].AsMemory(filled), cancellationToken).ConfigureAwait(false);
        for (int n = filled; n < filled + read; n++)
        {
            mix[0][n] *= scale;
            mix[1][n] *= scale;
        }

        filled += read;
        if (read < wanted)
        {
            mixEnd = start + filled;
        }
    }

    private void Separate(CancellationToken cancellationToken)
    {
        spectrogram.Analyze(mix[0], mix[1], mixSpectrum);
        network.Run(mixSpectrum, vocalSpectrum, cancellationToken);
        spectrogram.Synthesize(vocalSpectrum, vocals[0], vocals[1]);
        ReadOnlySpan<float> window = fullWindow;
        if (mixEnd != long.MaxValue && PaddedEnd - start < form.ChunkLength)
        {
            float[] cut = new float[PaddedEnd - start];
            FillWindow(cut);
            window = cut;
        }

        for (int n = 0; n < window.Length; n++)
        {
            sums[0][n] += vocals[0][n] * window[n];
            sums[1][n] += vocals[1][n] * window[n];
            weights[n] += window[n];
        }
    }

    /// <summary>Where the silence behind the mix ends: it fills up a multiple of what a chunk has between its margins, one at least, and a margin.</summary>
    private long PaddedEnd
    {
        get
        {
            int inner = form.ChunkLength - form.FftLength;
            return 2 * form.Margin + inner * ((mixEnd - form.Margin) / inner + 1);
        }
    }

    /// <summary>A Hann window that is zero at both ends.</summary>
    private static void FillWindow(Span<float> window)
    {
        for (int n = 0; n < window.Length; n++)
        {
            window[n] = window.Length == 1 ? 1 : (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * n / (window.Length - 1)));
        }
    }
}

using System.Numerics;

namespace Moda.Runtime.Audio;

/// <summary>
/// Converts a reader's samples to another rate, with a polyphase windowed-sinc filter of linear phase. The passband is flat up to 0.913 of
/// the lower Nyquist frequency; aliases and images are below -100 dB. Sample 0 stays at time 0. Samples before the start and after the end
/// count as zero. n samples give <c>ceil(n new rate / rate)</c> samples.
/// </summary>
internal sealed class Resampler : ISampleReader
{
    /// <summary>The lowest supported rate, in Hz.</summary>
    public const int LowestRate = 1000;

    /// <summary>The highest supported rate, in Hz.</summary>
    public const int HighestRate = 384000;

    private const int BlockLength = 8192;

    private readonly ISampleReader source;
    private readonly PolyphaseFilter filter;
    private readonly int phases;
    private readonly int step;
    private readonly float[] window;
    private long windowStart;
    private int windowLength;
    private long outputIndex;
    private long outputCount = long.MaxValue;

    private Resampler(ISampleReader source, int sampleRate)
    {
        this.source = source;
        SampleRate = sampleRate;
        int divisor = (int)BigInteger.GreatestCommonDivisor(sampleRate, source.SampleRate);
        phases = sampleRate / divisor;
        step = source.SampleRate / divisor;
        filter = new PolyphaseFilter(phases, step);
        window = new float[BlockLength + filter.Length];
        // Half a filter of silence before the first sample.
        windowLength = filter.HalfLength;
        windowStart = -windowLength;
    }

    /// <inheritdoc/>
    public string Description => source.Description;

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <summary>Resamples. A reader that already has the rate is returned unchanged.</summary>
    /// <param name="source">The source. The returned reader disposes it.</param>
    /// <param name="sampleRate">The new rate, in Hz. The default is the networks' rate.</param>
    /// <exception cref="AudioException">The source's rate is outside <see cref="LowestRate"/> .. <see cref="HighestRate"/>.</exception>
    public static ISampleReader Resample(ISampleReader source, int sampleRate = Waveform.SampleRate)
    {
        RequireRate(source.Description, source.SampleRate);
        return source.SampleRate == sampleRate ? source : new Resampler(source, sampleRate);
    }

    /// <summary>Refuses unsupported rates.</summary>
    /// <exception cref="AudioException">The rate is outside <see cref="LowestRate"/> .. <see cref="HighestRate"/>.</exception>
    internal static void RequireRate(string description, int rate)
    {
        if (rate is < LowestRate or > HighestRate)
        {
            throw new AudioException($"{description} has {rate} samples in a second; {LowestRate} to {HighestRate} can be read.");
        }
    }

    /// <summary>How many samples come of some.</summary>
    /// <param name="count">Samples at the old rate.</param>
    /// <param name="from">The old rate, in Hz.</param>
    /// <param name="to">The new rate, in Hz.</param>
    public static long LengthOf(long count, int from, int to) => ((count * to) + from - 1) / from;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int written = 0;
        while (written < destination.Length && outputIndex < outputCount)
        {
            int produced = Produce(destination.Span[written..]);
            written += produced;
            if (produced == 0)
            {
                await AdvanceAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        return written;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private int Produce(Span<float> destination)
    {
        int produced = 0;
        for (; produced < destination.Length && outputIndex < outputCount; produced++, outputIndex++)
        {
            long position = outputIndex * step;
            long first = position / phases - filter.HalfLength + 1 - windowStart;
            if (first + filter.Length > windowLength)
            {
                break;
            }
            destination[produced] = filter.Apply(window.AsSpan((int)first), (int)(position % phases));
        }
        return produced;
    }

    // Drops input samples that no output needs any more, and reads more.
    private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        long needed = outputIndex * step / phases - filter.HalfLength + 1;
        int dropped = (int)(needed - windowStart);
        window.AsSpan(dropped, windowLength - dropped).CopyTo(window);
        windowStart += dropped;
        windowLength -= dropped;
        int read = await source.FillAsync(window.AsMemory(windowLength), cancellationToken).ConfigureAwait(false);
        windowLength += read;
        if (windowLength < window.Length && outputCount == long.MaxValue)
        {
            long inputCount = windowStart + windowLength;
            outputCount = LengthOf(inputCount, from: step, to: phases);
        }
        window.AsSpan(windowLength).Clear();
        windowLength = window.Length;
    }
}

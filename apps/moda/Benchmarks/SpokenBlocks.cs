using System.Diagnostics;
using Moda.Runtime.Audio;

namespace Moda.Cli.Benchmarks;

/// <summary>Speech that is written as a microphone gives it: blocks of one length, each when its last sample was spoken.</summary>
/// <param name="count">How many blocks.</param>
/// <param name="length">Samples of a block.</param>
internal sealed class SpokenBlocks(int count, int length)
{
    // When each block was written, by its number. A reader asks only for blocks that were written.
    private readonly long[] writtenAt = new long[count];

    /// <summary>Samples of all blocks.</summary>
    public long Samples => (long)count * length;

    /// <summary>When a sample was written, as a timestamp of <see cref="Stopwatch"/>.</summary>
    /// <param name="sample">The sample, from 0.</param>
    public long WrittenAt(long sample) => Volatile.Read(ref writtenAt[sample / length]);

    /// <summary>Writes all blocks at the pace of speech.</summary>
    /// <param name="write">Writes one: its first sample, from 0.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SpeakAsync(Func<int, ValueTask> write, CancellationToken cancellationToken)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int block = 0; block < count; block++)
        {
            double wait = ((block + 1.0) * length / Waveform.SampleRate) - Stopwatch.GetElapsedTime(begun).TotalSeconds;
            if (wait > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(wait), cancellationToken);
            }

            Volatile.Write(ref writtenAt[block], Stopwatch.GetTimestamp());
            await write(block * length);
        }
    }
}

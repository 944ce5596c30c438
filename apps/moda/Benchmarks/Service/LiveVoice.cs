using System.Buffers.Binary;
using Moda.Runtime.Audio;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>A voice that is spoken again and again with a pause between, as sockets take it: 16-bit little-endian samples at 16 kHz.</summary>
internal sealed class LiveVoice
{
    private const double PauseSeconds = 0.5;

    private readonly byte[] loop;

    /// <summary>Prepares the voice.</summary>
    /// <param name="voice">The voice.</param>
    public LiveVoice(Waveform voice)
    {
        ReadOnlySpan<float> samples = voice.Samples.Span;
        loop = new byte[(samples.Length + (int)(PauseSeconds * Waveform.SampleRate)) * sizeof(short)];
        for (int n = 0; n < samples.Length; n++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(loop.AsSpan(n * sizeof(short)), (short)Math.Clamp(samples[n] * -(float)short.MinValue, short.MinValue, short.MaxValue));
        }
    }

    /// <summary>Samples of the voice and its pause.</summary>
    public int Length => loop.Length / sizeof(short);

    /// <summary>Copies samples.</summary>
    /// <param name="first">The first, from 0; the voice begins again behind its end.</param>
    /// <param name="block">Where they go, 2 bytes each.</param>
    public void Copy(long first, Span<byte> block)
    {
        int from = (int)(first % Length) * sizeof(short);
        while (!block.IsEmpty)
        {
            int count = Math.Min(block.Length, loop.Length - from);
            loop.AsSpan(from, count).CopyTo(block);
            block = block[count..];
            from = 0;
        }
    }
}

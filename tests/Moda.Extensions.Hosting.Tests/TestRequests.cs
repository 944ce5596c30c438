using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Requests that need little work.</summary>
internal static class TestRequests
{
    /// <summary>Frames of a voice.</summary>
    public const int Frames = 2;

    /// <summary>Options of few steps.</summary>
    public static GenerationOptions Options { get; } = new()
    {
        Sampling = new MotionSamplingOptions { Steps = 2 },
        Audio = new AudioPreparationOptions { Silence = SilenceMode.None },
    };

    /// <summary>A picture without a face, for clients that don't look at it.</summary>
    public static RgbImage Picture { get; } = new(4, 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A tone of <see cref="Frames"/> frames.</summary>
    public static Task<SoundTrack> VoiceAsync()
    {
        ReadOnlyMemory<float> samples = Enumerable.Range(0, Frames * Waveform.SampleRate / GenerationOptions.FramesPerSecond)
            .Select(n => 0.3f * MathF.Sin(0.05f * n)).ToArray();
        return SoundTrack.FromSamplesAsync(OneBlockAsync(samples), Waveform.SampleRate, 1, Token);
    }

    /// <summary>Reads to the end and counts.</summary>
    public static async Task<int> CountAsync(IAsyncEnumerable<VideoFrame> frames)
    {
        int count = 0;
        await foreach (VideoFrame _ in frames)
        {
            count++;
        }

        return count;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> OneBlockAsync(ReadOnlyMemory<float> samples)
    {
        await Task.Yield();
        yield return samples;
    }
}

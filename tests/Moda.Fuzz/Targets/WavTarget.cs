using Moda.Fuzz.Mutations;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Testing.Audio;

namespace Moda.Fuzz.Targets;

/// <summary>WAV files, read as the engine reads them: from a pipe in small pieces, and decoded to what the audio encoder takes.</summary>
internal sealed class WavTarget : IFuzzTarget
{
    private static readonly RiffForm Form = new();

    private static readonly int[] Rates = [0, 1, 999, 1000, 8000, 11025, 16000, 22050, 44100, 44101, 48000, 96000, 383_999, 384_000, 384_001, int.MaxValue];

    private static readonly float[] HostileSamples =
        [0, -0f, 1, -1, 2, 30, 32768, 1e-45f, 1e20f, 1e38f, float.MaxValue, float.MinValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    public string Name => "wav";

    public string FileName => "voice.wav";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        WavBytes.Build(Tone(2000, 1)),
        WavBytes.Build(Tone(4000, 2), channels: 2, sampleRate: 44100, listChunks: true),
        WavBytes.Build(Tone(3000, 1), bytesPerSample: 3, sampleRate: 8000, extensible: true),
        WavBytes.Build(Tone(2000, 1), channels: 6, bytesPerSample: 1, sampleRate: 8000),
        WavBytes.Build(WavBytes.Float32([.. Enumerable.Range(0, 2000).Select(n => MathF.Sin(n * 0.1f))]), WavBytes.FloatingPointTag, bytesPerSample: 4, channels: 2),
        WavBytes.Build(WavBytes.Float64([.. Enumerable.Range(0, 1000).Select(n => Math.Sin(n * 0.1))]), WavBytes.FloatingPointTag, bytesPerSample: 8),
        LongSizes(WavBytes.Build(Tone(2000, 1), announcedBytes: uint.MaxValue)),
        WavBytes.Build(Tone(2000, 1), announcedBytes: 0),
    ];

    public byte[] Mutate(Random random, byte[] original) => random.Next(6) switch
    {
        0 => ByteMutation.Apply(random, original),
        1 => Build(random),
        2 => PieceMutation.Apply(random, Build(random), Form),
        _ => PieceMutation.Apply(random, original, Form),
    };

    public void Read(string path)
    {
        ReadPiecesAsync(path).GetAwaiter().GetResult();
        ReadSpeechAsync(path).GetAwaiter().GetResult();
    }

    public bool IsRefusal(Exception exception) => exception is AudioException;

    // Everything completes at once on this thread, whose memory is measured.
    private static async Task ReadPiecesAsync(string path)
    {
        var file = new PieceStream(File.ReadAllBytes(path));
        await using (file)
        {
            WavReader reader = await WavReader.OpenAsync(file, $"'{path}'", CancellationToken.None)
                ?? throw new AudioException($"'{path}' is for ffmpeg.");
            ISampleReader speech = Resampler.Resample(new MonoMix(reader));
            _ = await speech.ReadToEndAsync();
        }
    }

    private static async Task ReadSpeechAsync(string path)
    {
        await using SoundTrack track = await SoundTrack.DecodeAsync(path);
        await using ISampleReader speech = track.OpenSpeech();
        var preparation = new AudioPreparation(new AudioPreparationOptions { PieceDuration = TimeSpan.FromSeconds(1) });
        await foreach (AudioPiece piece in preparation.PrepareAsync(speech))
        {
            if (piece.InputValues.Span.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                throw new InvalidOperationException("A sample is not finite.");
            }
        }
    }

    /// <summary>A file whose format fits its samples, whatever they are.</summary>
    private static byte[] Build(Random random)
    {
        (int tag, int size) = random.Pick<(int, int)>([(1, 1), (1, 2), (1, 3), (1, 4), (3, 4), (3, 8), (6, 1), (1, 8), (3, 2)]);
        int channels = random.Pick<int>([1, 2, 3, 6, 8, 64, 65, 1000, 0]);
        int count = random.Pick<int>([0, 1, 100, 640, 3000]) * Math.Max(channels, 1) % 20_000;
        byte[] samples = new byte[count * size];
        if (tag == WavBytes.FloatingPointTag && size >= 4)
        {
            float strange = random.Pick(HostileSamples);
            double often = random.NextDouble();
            float[] values = [.. Enumerable.Range(0, count).Select(_ => random.Chance(often) ? strange : (2 * random.NextSingle()) - 1)];
            samples = size == 4 ? WavBytes.Float32(values) : WavBytes.Float64([.. values.Select(value => value * (random.Chance(0.1) ? 1e10 : 1))]);
        }
        else
        {
            random.NextBytes(samples);
        }

        return WavBytes.Build(
            samples, tag, channels, random.Pick(Rates), size, extensible: random.Chance(0.3), listChunks: random.Chance(0.3),
            announcedBytes: random.Pick<uint?>([null, null, null, 0, uint.MaxValue, (uint)samples.Length - 1, (uint)samples.Length + 1]));
    }

    private static byte[] Tone(int bytes, int step) => [.. Enumerable.Range(0, bytes).Select(n => (byte)(n * step * 7 % 251))];

    // RF64: the sizes are in a chunk of their own.
    private static byte[] LongSizes(byte[] plain) => [.. "RF64"u8, .. plain[4..12], .. "ds64"u8, 28, 0, 0, 0, .. new byte[8], 208, 7, .. new byte[18], .. plain[12..]];

    /// <summary>A pipe that gives few bytes at a time.</summary>
    private sealed class PieceStream(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        private static readonly int[] Lengths = [1, 2, 3, 7, 100, 4096];
        private int turn;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, Lengths[turn++ % Lengths.Length])], cancellationToken);
    }
}

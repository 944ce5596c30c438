using System.Runtime.InteropServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>Videos that are written into streams while their frames are made.</summary>
public sealed class StreamOutputTests : IDisposable
{
    private static readonly VideoFormat Format = new(64, 48, 25);
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_can_play_the_video_before_it_is_complete()
    {
        _ = InstalledFfmpeg.Require();
        using var stream = new Recorder();
        await using SoundTrack sound = await SoundTrack.DecodeAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        await using IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, Format, sound, cancellationToken: Token);

        await WriteAsync(sink, first: 0, count: 30);
        await Engine.TestEngines.UntilAsync(() => stream.Text.Contains("moof", StringComparison.Ordinal));
        await WriteAsync(sink, first: 30, count: 20);
        await sink.CompleteAsync(Token);

        Assert.Contains("ftyp", stream.Text[..32]);
        string path = folder.File("out.mp4");
        await File.WriteAllBytesAsync(path, stream.ToArray(), Token);
        Assert.Equal(50, await CountFramesAsync(path));
        Assert.InRange((await HeardAsync(path)).Length / 16000.0, 1.9, 2.2);
    }

    private static async Task<int> CountFramesAsync(string path)
    {
        await using VideoReader video = await VideoReader.OpenAsync(path, Ffmpeg.Locate(), Token);
        byte[] pixels = new byte[video.FrameLength];
        int frames = 0;
        while (await video.ReadAsync(pixels, Token) is not null)
        {
            frames++;
        }

        return frames;
    }

    [Fact]
    public async Task Tags_are_in_the_video()
    {
        _ = InstalledFfmpeg.Require();
        using var stream = new Recorder();
        var tags = new Dictionary<string, string> { ["title"] = "A; name = value", ["made-by"] = "a test" };
        await using (IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, Format, tags: tags, cancellationToken: Token))
        {
            await WriteAsync(sink, first: 0, count: 5);
            await sink.CompleteAsync(Token);
        }

        Assert.All(tags, tag => Assert.Contains(tag.Key, stream.Text, StringComparison.Ordinal));
        Assert.All(tags, tag => Assert.Contains(tag.Value, stream.Text, StringComparison.Ordinal));
        await Assert.ThrowsAsync<ArgumentException>(() => VideoOutput.OpenAsync(
            stream, StreamContainer.FragmentedMp4, Format, tags: new Dictionary<string, string> { ["a=b"] = "c" }, cancellationToken: Token));
    }

    [Fact]
    public async Task Sound_stays_in_step_with_frames()
    {
        _ = InstalledFfmpeg.Require();

        // Silence, then a tone from 1 s on.
        float[] samples = [.. Enumerable.Range(0, 32000).Select(n => n < 16000 ? 0 : 0.5f * MathF.Sin(0.4f * n))];
        await using SoundTrack sound = await SoundTrack.FromSamplesAsync(OneBlock(samples), 16000, 1, Token);
        using var stream = new Recorder();
        await using (IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, Format, sound, cancellationToken: Token))
        {
            await WriteAsync(sink, first: 0, count: 50);
            await sink.CompleteAsync(Token);
        }

        string path = folder.File("out.mp4");
        await File.WriteAllBytesAsync(path, stream.ToArray(), Token);
        int start = (await HeardAsync(path)).ToList().FindIndex(sample => Math.Abs(sample) > 0.2f);
        Assert.InRange(start / 16000.0, 0.99, 1.01);
    }

    [Fact]
    public async Task Frames_may_outlast_the_sound()
    {
        _ = InstalledFfmpeg.Require();
        await using SoundTrack sound = await SoundTrack.FromSamplesAsync(OneBlock(new float[16000]), 16000, 1, Token);
        using var stream = new Recorder();
        var beside = new Accompaniment { Sound = sound, FramesOutlastSound = true };
        await using (IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, Format, beside, cancellationToken: Token))
        {
            await WriteAsync(sink, first: 0, count: 50);
            await sink.CompleteAsync(Token);
        }

        string path = folder.File("out.mp4");
        await File.WriteAllBytesAsync(path, stream.ToArray(), Token);
        Assert.Equal(50, await CountFramesAsync(path));
        await Assert.ThrowsAsync<ArgumentException>(() => VideoOutput.OpenAsync(
            stream, StreamContainer.FragmentedMp4, Format, new Accompaniment { StreamsOf = path }, cancellationToken: Token));
    }

    [Fact]
    public async Task A_stream_that_takes_no_more_is_told_by_the_next_write()
    {
        _ = InstalledFfmpeg.Require();
        using var stream = new Recorder { Limit = 2000 };
        await using IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, Format, cancellationToken: Token);

        VideoFileException error = await Assert.ThrowsAsync<VideoFileException>(async () =>
        {
            await WriteAsync(sink, first: 0, count: 2000);
            await sink.CompleteAsync(Token);
        });

        Assert.Contains("the client has gone", error.Message);
    }

    [Fact]
    public async Task An_uncompressed_stream_needs_no_ffmpeg_and_stays_open()
    {
        using var stream = new Recorder();
        await using (IVideoSink sink = await VideoOutput.OpenAsync(stream, StreamContainer.Y4m, Format, cancellationToken: Token))
        {
            await WriteAsync(sink, first: 0, count: 3);
            await sink.CompleteAsync(Token);
        }

        Assert.StartsWith("YUV4MPEG2 W64 H48 F25:1", stream.Text);
        Assert.Equal(3 * (6 + Format.FrameLength), stream.Length - stream.Text.IndexOf('\n', StringComparison.Ordinal) - 1);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public async Task Odd_sides_are_refused()
    {
        _ = InstalledFfmpeg.Require();
        using var stream = new Recorder();

        VideoFileException error = await Assert.ThrowsAsync<VideoFileException>(
            () => VideoOutput.OpenAsync(stream, StreamContainer.FragmentedMp4, new VideoFormat(63, 48, 25), cancellationToken: Token));

        Assert.Contains("63 x 48", error.Message);
    }

    public void Dispose() => folder.Dispose();

    private static async Task WriteAsync(IVideoSink sink, int first, int count)
    {
        byte[] pixels = new byte[Format.FrameLength];
        for (int index = first; index < first + count; index++)
        {
            new Random(index).NextBytes(pixels);
            await sink.WriteAsync(new VideoFrame(index, Format.TimestampOf(index), Format.Width, Format.Height, pixels), Token);
        }
    }

    // What a player lets hear, at 16 kHz: from time 0 on. The samples that an AAC encoder begins with lie before it.
    private static async Task<float[]> HeardAsync(string path)
    {
        using var samples = new MemoryStream();
        await Ffmpeg.Locate().RunAsync(
            "decoding", ["-copyts", "-i", Ffmpeg.FileArgument(path), "-af", "aresample=async=1:first_pts=0", "-ar", "16000", "-ac", "1", "-f", "f32le", "pipe:1"], output: samples, cancellationToken: Token);
        return MemoryMarshal.Cast<byte, float>(samples.ToArray()).ToArray();
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> OneBlock(float[] samples)
    {
        await Task.Yield();
        yield return samples;
    }

    /// <summary>A response to a client: it can only be written to, and may break.</summary>
    private sealed class Recorder : Stream
    {
        private readonly MemoryStream bytes = new();

        public int Limit { get; init; } = int.MaxValue;

        public string Text
        {
            get
            {
                lock (bytes)
                {
                    return System.Text.Encoding.Latin1.GetString(bytes.ToArray());
                }
            }
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => bytes.Length;

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public byte[] ToArray() => bytes.ToArray();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (bytes)
            {
                if (bytes.Length + count > Limit)
                {
                    throw new IOException("the client has gone");
                }

                bytes.Write(buffer, offset, count);
            }
        }
    }
}

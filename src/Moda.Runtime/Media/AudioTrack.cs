namespace Moda.Runtime.Media;

/// <summary>An audio file that goes beside the frames, and how long its first track lasts.</summary>
/// <param name="Path">The file.</param>
/// <param name="Seconds">The track's length as decoded, which headers often only estimate.</param>
internal sealed record AudioTrack(string Path, double Seconds)
{
    private const int MeasuringRate = 8000;
    private const int BytesPerSample = 2;

    /// <summary>Decodes the track and counts what comes out.</summary>
    /// <exception cref="VideoOutputException">There is no such file, or no audio in it.</exception>
    public static async Task<AudioTrack> MeasureAsync(Ffmpeg ffmpeg, string videoPath, string audioPath, CancellationToken cancellationToken)
    {
        if (!File.Exists(audioPath))
        {
            throw new VideoOutputException(videoPath, $"there is no audio file '{audioPath}'.");
        }
        using CountingStream counter = new();
        try
        {
            await ffmpeg.RunAsync(
                $"reading audio '{audioPath}'",
                ["-i", Ffmpeg.FileArgument(audioPath), "-map", "0:a:0", "-ac", "1", "-ar", $"{MeasuringRate}", "-f", "s16le", "pipe:1"],
                output: counter,
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException error)
        {
            throw new VideoOutputException(videoPath, error.Message, error);
        }
        return new AudioTrack(audioPath, counter.Length / (double)(MeasuringRate * BytesPerSample));
    }

    private sealed class CountingStream : Stream
    {
        private long length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => length;

        public override long Position
        {
            get => length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => length += buffer.Length;

        public override void Write(byte[] buffer, int offset, int count) => length += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            length += buffer.Length;
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

using Moda.Runtime.Files;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Audio;

/// <summary>
/// Opens audio: files, streams, and samples that a program makes. WAV (integer and float PCM) is read by this library. ffmpeg decodes all
/// other formats (mp3, m4a, ogg, flac, a video's sound track) and sends the samples through a pipe. Mixing to mono and resampling happen in
/// this library, so they do not depend on how ffmpeg was built.
/// </summary>
/// <remarks>
/// A path may name a pipe, and <c>-</c> is standard input. ffmpeg may read only audio and video containers, and only the named file: a
/// playlist that is named like an mp3 is refused.
/// </remarks>
public static class AudioInput
{
    /// <summary>The name of standard input.</summary>
    internal const string StandardInput = "-";

    /// <summary>Opens a file as mono samples at 16 kHz.</summary>
    /// <param name="path">A WAV file, or any file that ffmpeg reads.</param>
    /// <param name="cancellationToken">Cancels the opening. While the reader is in use, it stops ffmpeg.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="AudioException">The file is empty, is not audio, or needs ffmpeg, which was not found.</exception>
    public static async Task<ISampleReader> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return await ToSpeechAsync(await OpenChannelsAsync(path, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Opens a stream as mono samples at 16 kHz: for example an upload or a network stream.</summary>
    /// <param name="stream">
    /// WAV, or any container that ffmpeg reads; a container is first copied to a temporary file. Reading starts at the stream's current
    /// position. The caller disposes the stream after the reader.
    /// </param>
    /// <param name="cancellationToken">Cancels the opening. While the reader is in use, it stops ffmpeg.</param>
    /// <exception cref="AudioException">The stream is empty, is not audio, or needs ffmpeg, which was not found.</exception>
    public static async Task<ISampleReader> OpenAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return await ToSpeechAsync(await OpenChannelsAsync(stream, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Reads samples that a program creates or receives in blocks, as mono samples at 16 kHz.</summary>
    /// <param name="blocks">
    /// Interleaved samples, full scale -1..1, in blocks of any length. Each block is read before the next is requested. The sequence is
    /// enumerated once, with the cancellation token of the first read.
    /// </param>
    /// <param name="sampleRate">Samples per second of each channel, from 1,000 to 384,000.</param>
    /// <param name="channels">The number of channels. All channels are mixed to one.</param>
    /// <returns>The reader. The caller disposes it, which also disposes the enumerator of the blocks.</returns>
    /// <exception cref="AudioException">The rate is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of channels is less than 1.</exception>
    public static ISampleReader FromSamples(IAsyncEnumerable<ReadOnlyMemory<float>> blocks, int sampleRate, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        return Resampler.Resample(new MonoMix(new BlockReader(blocks, sampleRate, channels, "the samples")));
    }

    /// <summary>Opens a file without changing its rate or channels.</summary>
    /// <inheritdoc cref="OpenAsync(string, CancellationToken)" path="/param"/>
    /// <inheritdoc cref="OpenAsync(string, CancellationToken)" path="/exception"/>
    internal static Task<IChannelReader> OpenChannelsAsync(string path, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            string description = path == StandardInput ? "standard input" : $"'{path}'";
            // Opening a pipe waits until another process writes to it. No system call can cancel that wait, so it is left behind on its
            // thread.
            Stream opened = await Task.Run(() => OpenFile(path, description), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            return await OpenByContentAsync(opened, path, description, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Opens a stream without changing its rate or channels.</summary>
    /// <inheritdoc cref="OpenAsync(string, CancellationToken)" path="/param"/>
    /// <inheritdoc cref="OpenAsync(string, CancellationToken)" path="/exception"/>
    internal static Task<IChannelReader> OpenChannelsAsync(Stream stream, CancellationToken cancellationToken) =>
        Task.Run(() => OpenByContentAsync(stream, path: null, "the stream", cancellationToken), cancellationToken);

    private static async Task<ISampleReader> ToSpeechAsync(IChannelReader channels)
    {
        try
        {
            return Resampler.Resample(new MonoMix(channels));
        }
        catch
        {
            await channels.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The path is null for a stream.
    private static async Task<IChannelReader> OpenByContentAsync(
        Stream opened, string? path, string description, CancellationToken cancellationToken)
    {
        var file = new LeadingStream(opened, leaveOpen: path is null);
        try
        {
            ReadOnlyMemory<byte> start = await file.PeekAsync(12, cancellationToken).ConfigureAwait(false);
            if (start.IsEmpty)
            {
                throw new AudioException($"{description} is empty (0 bytes).");
            }
            if (WavHeader.IsWav(start.Span)
                && await WavReader.OpenAsync(file, description, cancellationToken).ConfigureAwait(false) is { } wav)
            {
                return wav;
            }
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return await OpenWithFfmpegAsync(path, description, file, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IChannelReader> OpenWithFfmpegAsync(
        string? path, string description, LeadingStream file, CancellationToken cancellationToken)
    {
        await using (file.ConfigureAwait(false))
        {
            Ffmpeg program = Locate(description);
            if (file.CanRewind && path is not null)
            {
                return await FfmpegAudioReader.OpenAsync(path, description, program, cancellationToken).ConfigureAwait(false);
            }
            // Some containers have their index at the end, so a pipe is first copied to a file.
            if (!file.TryRewind())
            {
                throw new AudioException($"{description} is a pipe or stream with a WAV file that takes ffmpeg and has a long header. Give the file itself.");
            }
            SpoolFile spool = SoundSpool.Create();
            try
            {
                await spool.WriteAsync(file, cancellationToken).ConfigureAwait(false);
                IChannelReader reader = await FfmpegAudioReader.OpenAsync(spool.Path, description, program, cancellationToken).ConfigureAwait(false);
                return new SpooledReader(reader, spool);
            }
            catch
            {
                spool.Dispose();
                throw;
            }
        }
    }

    private static Stream OpenFile(string path, string description)
    {
        if (path is StandardInput or "/dev/stdin")
        {
            return Console.IsInputRedirected
                ? Console.OpenStandardInput()
                : throw new AudioException($"{description} is a terminal, not an audio file.");
        }
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                Directory.Exists(path) ? $"{description} is a folder, not an audio file." : $"There is no audio file {description}.", path);
        }
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, useAsync: false);
            // A device such as /dev/zero has no length and may never end.
            if (file.CanSeek && file.Length == 0)
            {
                file.Dispose();
                throw new AudioException($"{description} is empty, or not an ordinary file.");
            }
            return file;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new AudioException($"{description} cannot be read: {error.Message}", error);
        }
    }

    private static Ffmpeg Locate(string description)
    {
        try
        {
            return Ffmpeg.Locate();
        }
        catch (FfmpegNotFoundException error)
        {
            throw new AudioException($"{description} is not a plain WAV file, so reading it takes ffmpeg: {error.Message}", error);
        }
    }

    /// <summary>A reader that also disposes the temporary file.</summary>
    private sealed class SpooledReader(IChannelReader reader, SpoolFile spool) : IChannelReader
    {
        public string Description => reader.Description;

        public int SampleRate => reader.SampleRate;

        public int Channels => reader.Channels;

        public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default) =>
            reader.ReadAsync(destination, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            spool.Dispose();
        }
    }
}

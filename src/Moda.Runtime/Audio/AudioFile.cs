using Moda.Runtime.Files;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Audio;

/// <summary>
/// Opens audio. WAV (integer and float PCM) is read here; everything else (mp3, m4a, ogg, flac, a video's sound track) is decoded by
/// ffmpeg and arrives through a pipe, so that mixing to mono and resampling are the same for every file and do not depend on how ffmpeg
/// was built.
/// </summary>
/// <remarks>
/// Files may be pipes, and <c>-</c> is standard input. ffmpeg reads audio and video containers only, and no file but the named one: a
/// playlist under the name of an mp3 is refused.
/// </remarks>
internal static class AudioFile
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Opens a file as mono samples at 16 kHz.</summary>
    /// <param name="path">A WAV file, or any file that ffmpeg reads.</param>
    /// <param name="cancellationToken">Stops the opening and, later on, ends ffmpeg.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioException">The file is empty, is not audio, or needs ffmpeg where there is none.</exception>
    public static async Task<ISampleReader> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        IChannelReader channels = await OpenChannelsAsync(path, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Opens a file with its own rate and channels.</summary>
    /// <inheritdoc cref="OpenAsync" path="/param"/>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public static Task<IChannelReader> OpenChannelsAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(() => OpenByContentAsync(path, cancellationToken), cancellationToken);

    private static async Task<IChannelReader> OpenByContentAsync(string path, CancellationToken cancellationToken)
    {
        string description = path == StandardInput ? "standard input" : $"'{path}'";
        // Opening a pipe waits for whoever writes to it, and no system call can end that wait.
        Stream opened = await Task.Run(() => OpenFile(path, description), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        var file = new LeadingStream(opened);
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
        string path, string description, LeadingStream file, CancellationToken cancellationToken)
    {
        await using (file.ConfigureAwait(false))
        {
            Ffmpeg program = Locate(description);
            if (file.CanRewind)
            {
                return await FfmpegAudioReader.OpenAsync(path, description, program, cancellationToken).ConfigureAwait(false);
            }
            // Some containers have their index at the end, so a pipe is kept in a file.
            if (!file.TryRewind())
            {
                throw new AudioException($"{description} is a pipe with a WAV file that takes ffmpeg and has a long header. Give the file itself.");
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

    /// <summary>A reader whose file goes with it.</summary>
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

using Moda.Runtime.Media;

namespace Moda.Runtime.Audio;

/// <summary>
/// Opens audio files. WAV files (integer and float PCM) are read here; everything else (mp3, m4a, ogg, flac, a video's
/// sound track) is decoded by ffmpeg and arrives as WAV through a pipe, so that mixing to mono and resampling are the
/// same for every file and do not depend on how ffmpeg was built.
/// </summary>
public static class AudioFile
{
    /// <summary>Opens a file as mono samples at 16 kHz.</summary>
    /// <param name="path">A WAV file, or any file that ffmpeg reads.</param>
    /// <param name="ffmpeg">The program for everything but WAV; null looks for it when it is needed.</param>
    /// <param name="cancellationToken">Stops the opening and, later on, ends ffmpeg.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioException">The file is empty, is not audio, or needs ffmpeg where there is none.</exception>
    public static Task<ISampleReader> OpenAsync(string path, Ffmpeg? ffmpeg = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => OpenAtSpeechRateAsync(path, ffmpeg, cancellationToken), cancellationToken);

    private static async Task<ISampleReader> OpenAtSpeechRateAsync(string path, Ffmpeg? ffmpeg, CancellationToken cancellationToken)
    {
        string description = $"'{path}'";
        ISampleReader reader = await OpenAtItsRateAsync(path, description, ffmpeg, cancellationToken).ConfigureAwait(false);
        try
        {
            return Resampler.Resample(reader);
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<ISampleReader> OpenAtItsRateAsync(
        string path, string description, Ffmpeg? ffmpeg, CancellationToken cancellationToken)
    {
        FileStream file = OpenFile(path, description);
        try
        {
            byte[] start = new byte[12];
            int length = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (length == 0)
            {
                throw new AudioException($"{description} is empty (0 bytes).");
            }
            file.Position = 0;
            if (WavHeader.IsWav(start.AsSpan(0, length))
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
        await file.DisposeAsync().ConfigureAwait(false);
        return await FfmpegAudioReader.OpenAsync(path, Locate(ffmpeg, description), cancellationToken).ConfigureAwait(false);
    }

    private static FileStream OpenFile(string path, string description)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                Directory.Exists(path) ? $"{description} is a folder, not an audio file." : $"There is no audio file {description}.", path);
        }
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, useAsync: false);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AudioException($"{description} cannot be read: {error.Message}", error);
        }
    }

    private static Ffmpeg Locate(Ffmpeg? ffmpeg, string description)
    {
        try
        {
            return ffmpeg ?? Ffmpeg.Locate();
        }
        catch (FfmpegNotFoundException error)
        {
            throw new AudioException($"{description} is not a plain WAV file, so reading it takes ffmpeg: {error.Message}", error);
        }
    }
}

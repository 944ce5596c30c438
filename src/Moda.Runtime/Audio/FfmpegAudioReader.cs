using Moda.Runtime.Media;

namespace Moda.Runtime.Audio;

/// <summary>
/// The first audio track of any file, decoded by ffmpeg: float WAV at the track's own rate and channels through a pipe.
/// </summary>
internal sealed class FfmpegAudioReader : ISampleReader
{
    private readonly FfmpegProcess process;
    private readonly WavReader wav;
    private readonly CancellationTokenRegistration killing;
    private readonly CancellationToken cancellation;
    private bool ended;

    private FfmpegAudioReader(
        FfmpegProcess process, WavReader wav, CancellationTokenRegistration killing, CancellationToken cancellation)
    {
        this.process = process;
        this.wav = wav;
        this.killing = killing;
        this.cancellation = cancellation;
    }

    public string Description => wav.Description;

    public int SampleRate => wav.SampleRate;

    public static async Task<FfmpegAudioReader> OpenAsync(string path, Ffmpeg ffmpeg, CancellationToken cancellationToken)
    {
        string description = $"'{path}'";
        FfmpegProcess process = ffmpeg.Start(
            $"reading audio {description}",
            ["-i", Ffmpeg.FileArgument(path), "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]);
        CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            WavReader wav = await OpenWavAsync(process, description, cancellationToken).ConfigureAwait(false);
            return new FfmpegAudioReader(process, wav, killing, cancellationToken);
        }
        catch
        {
            await killing.DisposeAsync().ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int read = ended ? 0 : await wav.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        if (read == 0 && !ended)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (FfmpegException error)
            {
                throw new AudioException($"{Description} could not be decoded to its end. {error.Message}", error);
            }
            ended = true;
        }
        return read;
    }

    public async ValueTask DisposeAsync()
    {
        await killing.DisposeAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<WavReader> OpenWavAsync(
        FfmpegProcess process, string description, CancellationToken cancellationToken)
    {
        try
        {
            // What ffmpeg writes is a plain float WAV, so null does not come back.
            return (await WavReader.OpenAsync(process.StandardOutput, description, cancellationToken).ConfigureAwait(false))!;
        }
        catch (AudioException incomplete)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FfmpegException error = await process.ExplainAsync(incomplete).ConfigureAwait(false);
            throw new AudioException($"{description} is not audio that can be read. {error.Message}", error);
        }
    }
}

using System.Globalization;
using Microsoft.Extensions.Options;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using SkiaSharp;

namespace Moda.Web.Media;

/// <summary>
/// Reads portraits and voices that are not trusted. What a file is, its content says, never its name or type. Sizes are checked before anything
/// is decoded; time is limited.
/// </summary>
internal sealed class MediaReader(IOptions<ServiceOptions> options) : IDisposable
{
    private readonly SemaphoreSlim looking = new(Environment.ProcessorCount);

    /// <summary>
    /// Reads a picture and looks at it. Pictures are large once they are decoded: more are not looked at at once than processors are there, others
    /// wait.
    /// </summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="look">What is done with it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiException">It is no picture that the service takes.</exception>
    /// <exception cref="ImageFileException">It is damaged.</exception>
    public async Task<T> LookAtPortraitAsync<T>(string path, Func<RgbImage, Task<T>> look, CancellationToken cancellationToken)
    {
        await looking.WaitAsync(cancellationToken);
        try
        {
            return await look(await ReadPortraitAsync(path, cancellationToken));
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ApiException">It is no picture that the service takes.</exception>
    /// <exception cref="ImageFileException">It is damaged.</exception>
    public async Task<RgbImage> ReadPortraitAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        return await LimitAsync(
            token => Task.Run(
                () =>
                {
                    RequireUsable(bytes);
                    return ImageFile.Decode(bytes, "portrait");
                },
                token),
            "invalid_portrait",
            cancellationToken);
    }

    /// <summary>Reads a sound.</summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="ApiException">It is too short.</exception>
    /// <exception cref="AudioException">It is no sound, damaged, or too long.</exception>
    public async Task<SoundTrack> ReadVoiceAsync(string path, CancellationToken cancellationToken)
    {
        ServiceOptions limits = options.Value;
        await using FileStream file = File.OpenRead(path);
        SoundTrack voice = await LimitAsync(
            token => SoundTrack.DecodeAsync(file, TimeSpan.FromSeconds(limits.LongestVoiceSeconds), token), "invalid_voice", cancellationToken);
        if (voice.Duration.TotalSeconds >= limits.ShortestVoiceSeconds)
        {
            return voice;
        }

        await voice.DisposeAsync();
        throw ApiException.Unusable("invalid_voice", string.Create(
            CultureInfo.InvariantCulture, $"The voice lasts {voice.Duration.TotalSeconds:0.00} s; at least {limits.ShortestVoiceSeconds} s are needed."));
    }

    /// <inheritdoc/>
    public void Dispose() => looking.Dispose();

    private void RequireUsable(byte[] bytes)
    {
        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data)
            ?? throw ApiException.Unusable("invalid_portrait", "The portrait is no picture: PNG, JPEG, WebP, GIF and BMP are read.");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        ServiceOptions limits = options.Value;
        if (Math.Min(width, height) < limits.SmallestImageSide || Math.Max(width, height) > limits.LargestImageSide)
        {
            throw ApiException.Unusable(
                "invalid_portrait",
                $"The portrait has {width} x {height} pixels; each side may have {limits.SmallestImageSide} to {limits.LargestImageSide}.");
        }
    }

    private async Task<T> LimitAsync<T>(Func<CancellationToken, Task<T>> read, string code, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(TimeSpan.FromSeconds(options.Value.DecodingSeconds));
        try
        {
            return await read(limited.Token).WaitAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Unusable(code, $"Reading the file takes longer than {options.Value.DecodingSeconds} s.");
        }
    }
}

using System.Globalization;
using Microsoft.Extensions.Options;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using SkiaSharp;

namespace Moda.Web.Media;

/// <summary>
/// Reads pictures and sounds that are not trusted. What a file is, its content says, never its name or type. Sizes are checked before anything
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
    /// <param name="name">Its name in the form.</param>
    /// <param name="look">What is done with it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiException">It is no picture that the service takes.</exception>
    public async Task<T> LookAtPictureAsync<T>(string path, string name, Func<RgbImage, Task<T>> look, CancellationToken cancellationToken)
    {
        await looking.WaitAsync(cancellationToken);
        try
        {
            return await look(await ReadPictureAsync(path, name, cancellationToken));
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="name">Its name in the form.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ApiException">It is no picture that the service takes.</exception>
    public async Task<RgbImage> ReadPictureAsync(string path, string name, CancellationToken cancellationToken)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        return await TimeLimit.RunAsync(options, name, token => Task.Run(() => Decode(bytes, name), token), cancellationToken);
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
        SoundTrack voice = await TimeLimit.RunAsync(
            options, "voice", token => SoundTrack.DecodeAsync(file, TimeSpan.FromSeconds(limits.LongestVoiceSeconds), token), cancellationToken);
        if (voice.Duration.TotalSeconds >= limits.ShortestVoiceSeconds)
        {
            return voice;
        }

        await voice.DisposeAsync();
        throw ApiException.Unusable("invalid_voice", string.Create(
            CultureInfo.InvariantCulture, $"The voice lasts {voice.Duration.TotalSeconds:0.00} s; at least {limits.ShortestVoiceSeconds} s are needed."));
    }

    /// <summary>How long the sound of a video may last: it is coded in blocks, and ends a little behind the last frame.</summary>
    public static TimeSpan LongestSoundOf(ServiceOptions limits) => TimeSpan.FromSeconds(limits.LongestVideoSeconds + 1);

    /// <summary>Reads the sound of a video, which <see cref="VideoInspector.RequireSound"/> has let pass.</summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="name">Its name in the form.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The sound; the caller disposes it. Null where there is none that can be read.</returns>
    public async Task<SoundTrack?> ReadSoundOfVideoAsync(string path, string name, CancellationToken cancellationToken)
    {
        TimeSpan most = LongestSoundOf(options.Value);
        await using FileStream file = File.OpenRead(path);
        try
        {
            return await TimeLimit.RunAsync(options, name, token => SoundTrack.DecodeAsync(file, most, token), cancellationToken);
        }
        catch (AudioException)
        {
            // Many driving videos are silent.
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => looking.Dispose();

    private RgbImage Decode(byte[] bytes, string name)
    {
        RequireUsable(bytes, name);
        try
        {
            return ImageFile.Decode(bytes, name);
        }
        catch (ImageFileException damaged)
        {
            throw ApiException.Unusable($"invalid_{name}", damaged.Message);
        }
    }

    private void RequireUsable(byte[] bytes, string name)
    {
        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data)
            ?? throw ApiException.Unusable($"invalid_{name}", $"'{name}' is no picture: PNG, JPEG, WebP, GIF and BMP are read.");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        ServiceOptions limits = options.Value;
        if (Math.Min(width, height) < limits.SmallestImageSide || Math.Max(width, height) > limits.LargestImageSide)
        {
            throw ApiException.Unusable(
                $"invalid_{name}",
                $"The picture '{name}' has {width} x {height} pixels; each side may have {limits.SmallestImageSide} to {limits.LargestImageSide}.");
        }
    }
}

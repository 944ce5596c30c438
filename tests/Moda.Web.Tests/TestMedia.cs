using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Testing.Audio;

namespace Moda.Web.Tests;

/// <summary>Pictures, sounds and forms to send.</summary>
internal static class TestMedia
{
    private const int Rate = 16000;

    /// <summary>A picture with a face, 512 x 512.</summary>
    public static byte[] Portrait { get; } = File.ReadAllBytes(TestData.Path("assets", "portrait.png"));

    /// <summary>A tone as WAV.</summary>
    public static byte[] Voice(double seconds = 0.6)
    {
        short[] samples = [.. Enumerable.Range(0, (int)(seconds * Rate)).Select(n => (short)(9000 * Math.Sin(0.05 * n)))];
        return WavBytes.Build(MemoryMarshal.AsBytes(samples.AsSpan()));
    }

    /// <summary>A picture of noise as PNG.</summary>
    public static byte[] Noise(int width, int height)
    {
        using var folder = new TemporaryFolder();
        var image = new RgbImage(width, height);
        new Random(5).NextBytes(image.Pixels);
        ImageFile.Save(image, folder.File("noise.png"));
        return File.ReadAllBytes(folder.File("noise.png"));
    }

    /// <summary>A form.</summary>
    /// <param name="portrait">The picture; null for none.</param>
    /// <param name="voice">The sound; null for none.</param>
    /// <param name="options">Texts.</param>
    public static MultipartFormDataContent Form(byte[]? portrait, byte[]? voice, params (string Name, string Value)[] options) =>
        Form([("portrait", portrait), ("voice", voice)], options);

    /// <summary>A form for a dub.</summary>
    /// <param name="video">The video; null for none.</param>
    /// <param name="voice">The sound; null for none.</param>
    /// <param name="options">Texts.</param>
    public static MultipartFormDataContent Dub(byte[]? video, byte[]? voice, params (string Name, string Value)[] options) =>
        Form([("video", video), ("voice", voice)], options);

    /// <summary>A form for a drive.</summary>
    /// <param name="portrait">The picture; null for none.</param>
    /// <param name="driving">What drives it; null for none.</param>
    /// <param name="options">Texts.</param>
    public static MultipartFormDataContent Drive(byte[]? portrait, byte[]? driving, params (string Name, string Value)[] options) =>
        Form([("portrait", portrait), ("driving", driving)], options);

    /// <summary>A video of a moving face, 320 x 240.</summary>
    /// <param name="frames">Frames.</param>
    /// <param name="rate">Frames in a second.</param>
    /// <param name="hidden">An expression of ffmpeg in n: the frames in which there is no face.</param>
    public static async Task<byte[]> VideoAsync(int frames, int rate = 25, string hidden = "0")
    {
        using var folder = new TemporaryFolder();
        return await File.ReadAllBytesAsync(await new TestVideos(Ffmpeg.Locate(), folder.Path).FaceAsync("face.mp4", frames, rate, hidden));
    }

    /// <summary>A video of a moving face, 320 x 240, with a tone that goes on behind its last frame.</summary>
    /// <param name="frames">Frames, 12 in a second.</param>
    /// <param name="seconds">How long the tone lasts.</param>
    public static async Task<byte[]> OutlastedVideoAsync(int frames, int seconds)
    {
        using var folder = new TemporaryFolder();
        var videos = new TestVideos(Ffmpeg.Locate(), folder.Path);
        string mute = await videos.FaceAsync("mute.mp4", frames, rate: 12);
        return await File.ReadAllBytesAsync(await videos.MakeAsync(
            "face.mp4", "-i", Ffmpeg.FileArgument(mute), "-f", "lavfi", "-i", $"sine=duration={seconds}", "-c:v", "copy", "-c:a", "aac"));
    }

    /// <summary>A video of two faces, 640 x 240.</summary>
    /// <param name="frames">Frames.</param>
    public static async Task<byte[]> TwoFacesAsync(int frames)
    {
        using var folder = new TemporaryFolder();
        return await File.ReadAllBytesAsync(await new TestVideos(Ffmpeg.Locate(), folder.Path).TwoFacesAsync("faces.mp4", frames));
    }

    /// <summary>A small form that becomes a video.</summary>
    public static MultipartFormDataContent Small(double seconds = 0.6, params (string Name, string Value)[] options) =>
        Form(Portrait, Voice(seconds), [("steps", "2"), ("silence", "none"), .. options]);

    private static MultipartFormDataContent Form((string Name, byte[]? Bytes)[] files, (string Name, string Value)[] options)
    {
        var form = new MultipartFormDataContent();
        foreach ((string name, string value) in options)
        {
            form.Add(new StringContent(value), name);
        }

        foreach ((string name, byte[]? bytes) in files)
        {
            if (bytes is not null)
            {
                // The name would leave the data folder if anyone used it, and the type is wrong.
                var part = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-sh") } };
                form.Add(part, name, "../../../-i " + name);
            }
        }

        return form;
    }
}

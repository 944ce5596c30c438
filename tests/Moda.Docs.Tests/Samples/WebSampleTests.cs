using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Docs.Tests.Samples;

/// <summary>Starts the web sample and asks it over HTTP, as a browser does.</summary>
public sealed class WebSampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_portrait_and_a_voice_come_back_as_a_video_that_plays()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process server = Start();
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressAsync(server).WaitAsync(Patience, cancellation), Timeout = Patience };
            using var folder = new TemporaryFolder();

            Assert.Contains("<video", await client.GetStringAsync("/", cancellation), StringComparison.Ordinal);

            using HttpResponseMessage refused = await client.PostAsync("/talks", Upload("no picture"u8.ToArray(), await VoiceAsync()), cancellation);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

            using HttpResponseMessage created = await client.PostAsync("/talks", Upload(await PictureAsync(), await VoiceAsync()), cancellation);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);

            using HttpResponseMessage played = await client.GetAsync(created.Headers.Location, cancellation);
            Assert.Equal("video/mp4", played.Content.Headers.ContentType?.MediaType);
            await File.WriteAllBytesAsync(folder.File("talk.mp4"), await played.Content.ReadAsByteArrayAsync(cancellation), cancellation);
            VideoFormat format = await VideoFile.CheckAsync(folder.File("talk.mp4"), cancellation);
            Assert.True(format.Width >= 512, $"{format.Width}");
            await using SoundTrack sound = await SoundTrack.DecodeAsync(folder.File("talk.mp4"), cancellationToken: cancellation);
            Assert.InRange(sound.Duration.TotalSeconds, 0.2, 0.4);

            using HttpResponseMessage again = await client.GetAsync(created.Headers.Location, cancellation);
            Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Process Start()
    {
        string program = Path.Combine(TestData.Repository, "samples", "Web", "bin", "Release", "net10.0", "Moda.Samples.Web.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        })!;
    }

    // Port 0 lets the system choose a free one, which the server then writes to its log.
    private static async Task<Uri> AddressAsync(Process server)
    {
        const string Announcement = "Now listening on: ";
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            int start = line.IndexOf(Announcement, StringComparison.Ordinal);
            if (start >= 0)
            {
                // The rest of the log is read, so that the server never waits for a full pipe.
                _ = server.StandardOutput.ReadToEndAsync();
                return new Uri(line[(start + Announcement.Length)..].Trim());
            }
        }

        throw new InvalidOperationException("The web sample ended before it listened.");
    }

    private static MultipartFormDataContent Upload(byte[] image, byte[] audio) => new()
    {
        { Part(image, "image/png"), "image", "portrait.png" },
        { Part(audio, "audio/wav"), "audio", "voice.wav" },
    };

    private static ByteArrayContent Part(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static Task<byte[]> PictureAsync() => File.ReadAllBytesAsync(TestData.Path("assets", "portrait.png"));

    // A quarter of a second of speech.
    private static async Task<byte[]> VoiceAsync()
    {
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"));
        return WavBytes.Build(WavBytes.Float32(voice.Samples.Span.Slice(8000, 4000)), WavBytes.FloatingPointTag, bytesPerSample: 4);
    }
}

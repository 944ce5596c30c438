using System.Diagnostics;
using System.Text.Json;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>Times of a clip in seconds, all from just before its request was sent.</summary>
/// <param name="Accepted">Until the answer (202) that it is taken.</param>
/// <param name="FirstBytes">Until the first bytes of its stream.</param>
/// <param name="FirstFrame">Until its first fragment (moof) began.</param>
/// <param name="Whole">Until the end of its stream.</param>
/// <param name="Bytes">Bytes of the stream.</param>
internal sealed record ClipTimes(double Accepted, double FirstBytes, double FirstFrame, double Whole, long Bytes);

/// <summary>Asks for a clip, reads it while it is made, and deletes it.</summary>
/// <param name="client">The service.</param>
/// <param name="portrait">A file of a picture.</param>
/// <param name="voice">A file of sound.</param>
/// <param name="steps">Denoising steps; null for the service's.</param>
internal sealed class ClipRun(ServiceClient client, byte[] portrait, byte[] voice, int? steps)
{
    private readonly byte[] received = new byte[1 << 16];

    /// <summary>Makes one.</summary>
    /// <param name="what">Which it is, for messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServiceException">The service refuses it, or it fails.</exception>
    public async Task<ClipTimes> RunAsync(string what, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(portrait), "portrait", "portrait" },
            { new ByteArrayContent(voice), "voice", "voice" },
        };
        if (steps is { } given)
        {
            form.Add(new StringContent($"{given}"), "steps");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/videos") { Content = form };
        long asked = Stopwatch.GetTimestamp();
        JsonElement video = await client.ReadAsync(request, what, cancellationToken);
        double accepted = Stopwatch.GetElapsedTime(asked).TotalSeconds;
        string path = $"v1/videos/{video.GetProperty("id").GetString()}";
        try
        {
            return await ReadAsync(path, what, asked, accepted, cancellationToken);
        }
        finally
        {
            // What is interrupted is removed too.
            using var deletion = new HttpRequestMessage(HttpMethod.Delete, path);
            using HttpResponseMessage deleted = await client.SendAsync(deletion, what, CancellationToken.None);
        }
    }

    private async Task<ClipTimes> ReadAsync(string path, string what, long asked, double accepted, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path + "/stream");
        using HttpResponseMessage answer = await client.SendAsync(request, what, cancellationToken);
        var boxes = new Mp4Boxes();
        double? firstBytes = null;
        double? firstFrame = null;
        long bytes = 0;
        try
        {
            await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            while (await stream.ReadAsync(received, cancellationToken) is > 0 and var read)
            {
                double now = Stopwatch.GetElapsedTime(asked).TotalSeconds;
                firstBytes ??= now;
                boxes.Read(received.AsSpan(0, read));
                firstFrame ??= boxes.HasFragment ? now : null;
                bytes += read;
            }
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new ServiceException($"{what}: the stream ended before the clip was complete: {await FailureAsync(path, what, cancellationToken) ?? error.Message}", error);
        }

        return firstBytes is { } first && firstFrame is { } frame
            ? new ClipTimes(accepted, first, frame, Stopwatch.GetElapsedTime(asked).TotalSeconds, bytes)
            : throw new ServiceException($"{what}: the stream has {bytes} bytes and no frame: {await FailureAsync(path, what, cancellationToken) ?? "the service does not say why."}");
    }

    private async Task<string?> FailureAsync(string path, string what, CancellationToken cancellationToken)
    {
        JsonElement video = await client.GetAsync(path, what, cancellationToken);
        return video.TryGetProperty("error", out JsonElement failure) && failure.ValueKind == JsonValueKind.Object
            ? $"{failure.GetProperty("code")}: {failure.GetProperty("message")}"
            : null;
    }
}

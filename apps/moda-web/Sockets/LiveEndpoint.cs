using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Web.Failures;
using Moda.Web.Portraits;
using Moda.Web.Uploads;

namespace Moda.Web.Sockets;

/// <summary>
/// <c>WS /v1/live?portrait=ID</c>: the client sends what it hears, 16-bit little-endian samples, mono at 16 kHz; the service sends frames as they are
/// due: number of the frame (4 bytes), first sample that is heard with it (4 bytes, all ones for none), then a JPEG. A text
/// <c>{"type": "end_utterance"}</c> or <c>{"type": "interrupt"}</c> does what the engine's members of these names do.
/// </summary>
internal static class LiveEndpoint
{
    private const int HeaderLength = 8;
    private const uint NoAudio = uint.MaxValue;
    private const float FullScale = 32768;

    /// <summary>Adds the route.</summary>
    public static void MapLive(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/live", (HttpContext context, ITalkingHeadClient client) =>
        {
            LiveOptions options = OptionsOf(context.Request);
            return SocketSession.ServeAsync(
                context,
                (portrait, socket, token) => OpenAsync(PortraitShelf.EngineOf(client).OpenLive(portrait, options), socket, token),
                ReadAsync,
                WriteAsync);
        })
        .ExcludeFromDescription();

    private static LiveOptions OptionsOf(HttpRequest request) => OptionFields.ReadLive(request.Query
        .Where(field => field.Key is not ("portrait" or "face"))
        .ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal));

    private static async Task<LiveSession> OpenAsync(LiveSession session, ClientSocket socket, CancellationToken cancellationToken)
    {
        await socket.SendAsync(
            new LiveReady(session.Format.Width, session.Format.Height, GenerationOptions.FramesPerSecond, Waveform.SampleRate), SocketJson.Default.LiveReady, cancellationToken);
        return session;
    }

    private static async Task ReadAsync(LiveSession session, ClientSocket socket, CancellationToken cancellationToken)
    {
        float[] samples = new float[ClientSocket.LongestMessage / sizeof(short)];
        while (await socket.ReceiveAsync(cancellationToken) is var (type, message))
        {
            if (type == WebSocketMessageType.Text)
            {
                Obey(session, message);
                continue;
            }

            int count = message.Length / sizeof(short);
            for (int n = 0; n < count; n++)
            {
                samples[n] = BinaryPrimitives.ReadInt16LittleEndian(message.Span[(n * sizeof(short))..]) / FullScale;
            }

            await session.WriteAsync(samples.AsMemory(0, count), cancellationToken);
        }
    }

    private static void Obey(LiveSession session, ReadOnlyMemory<byte> message)
    {
        string? command = null;
        try
        {
            command = JsonSerializer.Deserialize(message.Span, SocketJson.Default.LiveCommand)?.Type;
        }
        catch (JsonException)
        {
            // It is told below.
        }

        switch (command)
        {
            case "end_utterance":
                session.EndUtterance();
                break;
            case "interrupt":
                session.Interrupt();
                break;
            default:
                throw ApiException.Unusable("invalid_message", "A text is {\"type\": \"end_utterance\"} or {\"type\": \"interrupt\"}.");
        }
    }

    private static async Task WriteAsync(LiveSession session, ClientSocket socket, CancellationToken cancellationToken)
    {
        using var encoder = new FrameEncoder(HeaderLength);
        var pace = new FramePace();
        await foreach (LiveFrame frame in session.WithCancellation(cancellationToken))
        {
            Memory<byte> message = encoder.Encode(frame.Image);
            FrameEncoder.Write(message, 0, (uint)frame.Image.Index);
            FrameEncoder.Write(message, sizeof(uint), frame.AudioPosition is { } position ? (uint)position : NoAudio);
            double now = Stopwatch.GetElapsedTime(0).TotalSeconds;
            if (pace.DueOf(frame.Image.Index, now) is var due && due > now)
            {
                await Task.Delay(TimeSpan.FromSeconds(due - now), cancellationToken);
            }

            await socket.SendAsync(message, cancellationToken);
        }
    }
}

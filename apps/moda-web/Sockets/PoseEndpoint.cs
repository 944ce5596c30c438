using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Web.Failures;
using Moda.Web.Portraits;

namespace Moda.Web.Sockets;

/// <summary>
/// <c>WS /v1/pose?portrait=ID</c>: the client sends where its sliders stand, the service sends pictures: 4 bytes with the number of the position,
/// then a JPEG. Positions that come while a picture is made replace each other: the newest wins.
/// </summary>
internal static class PoseEndpoint
{
    private const int HeaderLength = 4;

    /// <summary>Adds the route.</summary>
    public static void MapPose(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/pose", (HttpContext context, ITalkingHeadClient client) => SocketSession.ServeAsync(
            context,
            (portrait, socket, token) => OpenAsync(PortraitShelf.EngineOf(client), portrait, socket, token),
            ReadAsync,
            WriteAsync))
        .ExcludeFromDescription();

    private static async Task<Posing> OpenAsync(TalkingHeadEngine engine, PreparedPortrait portrait, ClientSocket socket, CancellationToken cancellationToken)
    {
        (int width, int height) = (portrait.Portrait.Image.Width, portrait.Portrait.Image.Height);
        await socket.SendAsync(new PoseReady(width, height, PoseSliders.Describe(portrait)), SocketJson.Default.PoseReady, cancellationToken);
        return new Posing(engine, portrait);
    }

    private static async Task ReadAsync(Posing posing, ClientSocket socket, CancellationToken cancellationToken)
    {
        while (await socket.ReceiveAsync(cancellationToken) is var (type, message))
        {
            PoseRequest request = type == WebSocketMessageType.Text && Parse(message) is { } parsed
                ? parsed
                : throw ApiException.Unusable("invalid_message", "A message is JSON with a sequence and sliders.");
            posing.Newest.Writer.TryWrite((request.Sequence, PoseSliders.Read(request.Sliders)));
        }
    }

    private static async Task WriteAsync(Posing posing, ClientSocket socket, CancellationToken cancellationToken)
    {
        using var encoder = new FrameEncoder(HeaderLength);
        await foreach ((uint sequence, Runtime.Options.FacePose pose) in posing.Newest.Reader.ReadAllAsync(cancellationToken))
        {
            RgbImage picture = await posing.Engine.PoseAsync(posing.Portrait, pose, cancellationToken: cancellationToken);
            Memory<byte> message = encoder.Encode(new VideoFrame(0, TimeSpan.Zero, picture.Width, picture.Height, picture.Pixels));
            FrameEncoder.Write(message, 0, sequence);
            await socket.SendAsync(message, cancellationToken);
        }
    }

    private static PoseRequest? Parse(ReadOnlyMemory<byte> message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Span, SocketJson.Default.PoseRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Posing(TalkingHeadEngine Engine, PreparedPortrait Portrait) : IAsyncDisposable
    {
        public Channel<(uint Sequence, Runtime.Options.FacePose Pose)> Newest { get; } =
            Channel.CreateBounded<(uint, Runtime.Options.FacePose)>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

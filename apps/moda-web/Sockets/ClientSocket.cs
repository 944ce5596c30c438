using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Moda.Web.Failures;

namespace Moda.Web.Sockets;

/// <summary>A WebSocket of a client: whole messages of limited length, and JSON. One reader and one writer use it at a time.</summary>
internal sealed class ClientSocket : IDisposable
{
    /// <summary>Bytes of a client's message at most: two seconds of sound.</summary>
    public const int LongestMessage = 1 << 16;

    private readonly WebSocket socket;
    private readonly byte[] received = new byte[LongestMessage];

    private ClientSocket(WebSocket socket) => this.socket = socket;

    /// <summary>Accepts the socket that a request asks for.</summary>
    /// <exception cref="ApiException">It asks for none.</exception>
    public static async Task<ClientSocket> AcceptAsync(HttpContext context) => context.WebSockets.IsWebSocketRequest
        ? new ClientSocket(await context.WebSockets.AcceptWebSocketAsync())
        : throw new ApiException(StatusCodes.Status426UpgradeRequired, "not_a_socket", "This is a WebSocket: connect to it with ws:// or wss://.");

    /// <summary>Waits for the next message.</summary>
    /// <returns>Its kind and its bytes, which are valid until the next call; null once the client has closed the socket.</returns>
    /// <exception cref="ApiException">It is too long.</exception>
    public async Task<(WebSocketMessageType Type, ReadOnlyMemory<byte> Message)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(received.AsMemory(length, LongestMessage - length), cancellationToken);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return (part.MessageType, received.AsMemory(0, length));
            }

            if (length == LongestMessage)
            {
                throw ApiException.TooLarge($"A message has more than {LongestMessage} bytes.");
            }
        }
    }

    /// <summary>Sends bytes.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);

    /// <summary>Sends JSON.</summary>
    public async Task SendAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message, type).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Closes it, after a problem where there is one.</summary>
    /// <param name="problem">What the client is told; null where all is well.</param>
    /// <param name="cancellationToken">Ends the closing.</param>
    public async Task CloseAsync(ApiException? problem, CancellationToken cancellationToken)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        if (problem is not null && socket.State == WebSocketState.Open)
        {
            await SendAsync(new SocketProblem(problem.Code, problem.Message), SocketJson.Default.SocketProblem, cancellationToken);
        }

        await socket.CloseOutputAsync(
            problem is null ? WebSocketCloseStatus.NormalClosure : problem.Status >= 500 ? WebSocketCloseStatus.InternalServerError : WebSocketCloseStatus.PolicyViolation,
            problem?.Code,
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}

using System.Net.WebSockets;
using System.Text;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>A WebSocket of the service: whole messages in a buffer that is kept. One reader and one writer use it at a time.</summary>
/// <param name="socket">The socket, which is open; it is disposed with this.</param>
/// <param name="what">Which socket it is, for messages.</param>
internal sealed class ServiceSocket(ClientWebSocket socket, string what) : IAsyncDisposable
{
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    // Frames of 512 x 512 have about 50 KB.
    private byte[] received = new byte[1 << 17];

    /// <summary>Which socket it is, for messages.</summary>
    public string What => what;

    /// <summary>Waits for the message that says that the socket is ready.</summary>
    /// <exception cref="ServiceException">It is closed, or something else is sent.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        if ((await ReceiveAnyAsync(cancellationToken)).Type != WebSocketMessageType.Text)
        {
            throw new ServiceException($"{what}: the service sends pictures before it is ready.");
        }
    }

    /// <summary>Waits for the next picture.</summary>
    /// <returns>Header and picture, valid until the next call.</returns>
    /// <exception cref="ServiceException">The service closes the socket, or tells a problem.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        (WebSocketMessageType type, ReadOnlyMemory<byte> message) = await ReceiveAnyAsync(cancellationToken);
        return type == WebSocketMessageType.Binary ? message : throw new ServiceException($"{what}: the service sends a text where a picture is due.");
    }

    /// <summary>Sends bytes.</summary>
    /// <exception cref="ServiceException">The connection is gone.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => SendAsync(message, WebSocketMessageType.Binary, cancellationToken);

    /// <summary>Sends JSON.</summary>
    /// <exception cref="ServiceException">The connection is gone.</exception>
    public ValueTask SendAsync(string json, CancellationToken cancellationToken) =>
        SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, cancellationToken);

    /// <summary>Closes it and waits until the service has closed it too, so that its place there is free.</summary>
    public async ValueTask DisposeAsync()
    {
        using var closing = new CancellationTokenSource(ClosingTime);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, closing.Token);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            // The service has gone.
        }

        socket.Dispose();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> message, WebSocketMessageType type, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(message, type, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException error)
        {
            throw new ServiceException($"{what}: the connection is gone: {error.Message}", error);
        }
    }

    private async ValueTask<(WebSocketMessageType Type, ReadOnlyMemory<byte> Message)> ReceiveAnyAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(received.AsMemory(length), cancellationToken);
            }
            catch (WebSocketException error)
            {
                throw new ServiceException($"{what}: the connection is gone: {error.Message}", error);
            }

            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new ServiceException($"{what}: the service closed the socket ({socket.CloseStatus}).");
            }

            if (part.EndOfMessage)
            {
                ReadOnlyMemory<byte> message = received.AsMemory(0, length);
                return part.MessageType == WebSocketMessageType.Text && ServiceProblem.Describe(message) is { } problem
                    ? throw new ServiceException($"{what}: the service says {problem}")
                    : (part.MessageType, message);
            }

            if (length == received.Length)
            {
                Array.Resize(ref received, 2 * length);
            }
        }
    }
}

using System.Net.WebSockets;
using Moda.Runtime;
using Moda.Runtime.Faces;
using Moda.Web.Failures;
using Moda.Web.Portraits;
using Moda.Web.Security;

namespace Moda.Web.Sockets;

/// <summary>What poses and live sessions share: a place, a portrait, a reader and a writer that end together, and a problem told before the end.</summary>
internal static class SocketSession
{
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    /// <summary>Serves a socket until its client, the service or a problem ends it.</summary>
    /// <param name="context">The request; its query has "portrait", a name, and may have "face".</param>
    /// <param name="read">Reads the client's messages until it closes.</param>
    /// <param name="write">Writes to the client until it is cancelled.</param>
    /// <param name="open">Makes what the two need of the portrait; it is disposed at the end.</param>
    public static async Task ServeAsync<T>(
        HttpContext context,
        Func<PreparedPortrait, ClientSocket, CancellationToken, Task<T>> open,
        Func<T, ClientSocket, CancellationToken, Task> read,
        Func<T, ClientSocket, CancellationToken, Task> write)
        where T : IAsyncDisposable
    {
        IServiceProvider services = context.RequestServices;
        using IDisposable place = services.GetRequiredService<SocketLimit>().Enter();
        string query = context.Request.Query["portrait"].ToString();
        FaceChoice face = FaceOf(context.Request.Query["face"].ToString());
        using PreparedPortrait portrait = await services.GetRequiredService<PortraitShelf>().PrepareAsync(Access.OwnerOf(context), query, face, context.RequestAborted);
        using ClientSocket socket = await ClientSocket.AcceptAsync(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        ApiException? problem = await RunAsync(portrait, socket, open, read, write, ending, services.GetRequiredService<ILogger<ClientSocket>>());
        using var closing = new CancellationTokenSource(ClosingTime);
        try
        {
            await socket.CloseAsync(problem, closing.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }

    private static async Task<ApiException?> RunAsync<T>(
        PreparedPortrait portrait,
        ClientSocket socket,
        Func<PreparedPortrait, ClientSocket, CancellationToken, Task<T>> open,
        Func<T, ClientSocket, CancellationToken, Task> read,
        Func<T, ClientSocket, CancellationToken, Task> write,
        CancellationTokenSource ending,
        ILogger logger)
        where T : IAsyncDisposable
    {
        try
        {
            await using T session = await open(portrait, socket, ending.Token);
            Task reading = read(session, socket, ending.Token);
            Task writing = write(session, socket, ending.Token);
            Task first = await Task.WhenAny(reading, writing);

            // A read that is cancelled closes its socket, and the problem could not be told.
            if (first == reading || !writing.IsFaulted)
            {
                await ending.CancelAsync();
                await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await first;
            return null;
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or IOException)
        {
            return null;
        }
        catch (ObjectDisposedException)
        {
            return new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", "The service is being stopped.");
        }
        catch (Exception error)
        {
            return Problems.Describe(error, logger);
        }
    }

    private static FaceChoice FaceOf(string text)
    {
        try
        {
            return text.Length == 0 ? default : FaceChoice.Parse(text);
        }
        catch (FormatException)
        {
            throw ApiException.Unusable("invalid_options", "'face' must be largest, left, right, center or a number from 1.");
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using Moda.Runtime.Faces;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>
/// A client of the service, as any program of another host is: HTTP and WebSockets, nothing of the service's own code. Any threads use it.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);

    /// <summary>Time that an answer may take; a video that is queued begins to be streamed when its turn has come.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(5);

    private readonly HttpClient http;
    private readonly Uri address;

    /// <summary>Prepares a client; nothing is sent yet.</summary>
    /// <param name="address">Where the service listens, http or https.</param>
    /// <param name="key">The API key; null for none.</param>
    public ServiceClient(Uri address, string? key)
    {
        // Paths of requests are relative to the address, which may lie below that of a proxy.
        this.address = address.AbsolutePath.EndsWith('/') ? address : new Uri(address + "/");
        http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTime, UseProxy = !address.IsLoopback }) { BaseAddress = this.address, Timeout = AnswerTime };
        http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Where the service listens.</summary>
    public Uri Address => address;

    /// <summary>Sends a request.</summary>
    /// <param name="request">The request; its path is relative, as "v1/videos".</param>
    /// <param name="what">What is asked for, for messages.</param>
    /// <param name="cancellationToken">Ends the waiting for the answer.</param>
    /// <returns>The answer, as soon as its headers are there; the caller disposes it.</returns>
    /// <exception cref="ServiceException">The service does not answer, or answers with a problem.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string what, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new ServiceException(
                $"{what}: the service at {address} cannot be reached: {error.GetBaseException().Message.TrimEnd('.')}. Is this its address? './moda serve' starts one.", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServiceException($"{what}: the service at {address} did not answer in time.", error);
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw new ServiceException($"{what}: the service answers {await ReasonAsync(answer, cancellationToken)}");
        }
    }

    /// <summary>Asks for JSON.</summary>
    /// <param name="path">The path, relative.</param>
    /// <param name="what">What is asked for, for messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<JsonElement> GetAsync(string path, string what, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await ReadAsync(request, what, cancellationToken);
    }

    /// <summary>Sends a request whose answer is JSON.</summary>
    /// <inheritdoc cref="SendAsync" path="/param"/>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task<JsonElement> ReadAsync(HttpRequestMessage request, string what, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await SendAsync(request, what, cancellationToken);
        try
        {
            return JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (JsonException error)
        {
            throw OfAnother(what, error);
        }
    }

    /// <summary>What the service runs on.</summary>
    public async Task<string> DeviceAsync(CancellationToken cancellationToken)
    {
        JsonElement devices = await GetAsync("v1/devices", "devices", cancellationToken);
        if (devices.ValueKind != JsonValueKind.Object || !devices.TryGetProperty("data", out JsonElement data))
        {
            throw OfAnother("devices", inner: null);
        }

        return data.EnumerateArray().Where(device => device.GetProperty("in_use").GetBoolean())
            .Select(device => device.GetProperty("name").GetString()).FirstOrDefault() ?? "no device";
    }

    /// <summary>Uploads the portrait that is posed and speaks live.</summary>
    /// <param name="picture">A file of a picture.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Its name.</returns>
    /// <exception cref="FaceNotFoundException">It has no face.</exception>
    /// <exception cref="ServiceException">The service does not take it.</exception>
    public async Task<string> UploadAsync(byte[] picture, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "portrait", "portrait" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/portraits") { Content = form };
        JsonElement portrait = await ReadAsync(request, "the portrait", cancellationToken);
        return portrait.GetProperty("faces").GetArrayLength() > 0
            ? portrait.GetProperty("id").GetString()!
            : throw new FaceNotFoundException("the portrait: the service finds no face in it.");
    }

    /// <summary>Opens a socket.</summary>
    /// <param name="path">The path with its query, relative.</param>
    /// <param name="what">Which socket it is, for messages.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The socket, which has said that it is ready; the caller disposes it.</returns>
    /// <exception cref="ServiceException">The service refuses it.</exception>
    public async Task<ServiceSocket> ConnectAsync(string path, string what, CancellationToken cancellationToken)
    {
        var place = new UriBuilder(new Uri(address, path)) { Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs };
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(place.Uri, http, cancellationToken);
            var opened = new ServiceSocket(socket, what);
            await opened.ReadyAsync(cancellationToken);
            return opened;
        }
        catch (WebSocketException error)
        {
            HttpStatusCode status = socket.HttpStatusCode;
            socket.Dispose();
            throw new ServiceException($"{what}: {await RefusalAsync(path, status, error, cancellationToken)}", error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private ServiceException OfAnother(string what, Exception? inner) => new($"{what}: what listens at {address} is not moda's service.", inner);

    // A refused socket keeps the service's words to itself; a plain request for it is refused for the same reason, or because it is plain.
    private async Task<string> RefusalAsync(string path, HttpStatusCode status, WebSocketException error, CancellationToken cancellationToken)
    {
        if (status == 0)
        {
            return $"the service at {address} cannot be reached: {error.GetBaseException().Message}";
        }

        using HttpResponseMessage answer = await http.GetAsync(path, cancellationToken);
        return "the service answers " + (answer.StatusCode == status ? await ReasonAsync(answer, cancellationToken) : $"{(int)status} {status}.");
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        $"{(int)answer.StatusCode} {ServiceProblem.Describe(await answer.Content.ReadAsByteArrayAsync(cancellationToken)) ?? $"{answer.ReasonPhrase}."}";
}

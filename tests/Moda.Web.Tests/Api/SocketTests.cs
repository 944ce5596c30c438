using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>The sockets of poses and live sessions, with the engine itself.</summary>
public sealed class SocketTests(ServerFixture fixture) : ServerTests(fixture)
{
    [Fact]
    public async Task A_pose_comes_back_with_its_number_and_the_newest_wins()
    {
        JsonElement portrait = await UploadAsync();
        Assert.Equal((512, 1), (portrait.GetProperty("width").GetInt32(), portrait.GetProperty("faces").GetArrayLength()));
        Assert.True(portrait.GetProperty("faces")[0].GetProperty("is_largest").GetBoolean());
        using ClientWebSocket socket = await ConnectAsync($"/v1/pose?portrait={portrait.Id()}&face=1");
        JsonElement ready = await ReceiveJsonAsync(socket);
        Assert.Equal(("ready", 512), (ready.GetProperty("type").GetString(), ready.GetProperty("width").GetInt32()));
        Assert.Equal([-25, 25, 0], ready.GetProperty("sliders").GetProperty("yaw").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal(17, ready.GetProperty("sliders").EnumerateObject().Count());

        for (int n = 1; n <= 30; n++)
        {
            await SendAsync(socket, $$$"""{"sequence": {{{n}}}, "sliders": {"yaw": {{{n % 20}}}, "smile": 0.5}}""");
        }

        var numbers = new List<uint>();
        while (numbers.Count == 0 || numbers[^1] < 30)
        {
            byte[] message = await ReceiveAsync(socket, WebSocketMessageType.Binary);
            Assert.Equal([0xFF, 0xD8], message[4..6]);
            numbers.Add(BinaryPrimitives.ReadUInt32LittleEndian(message));
        }

        Assert.Equal(numbers.Order(), numbers);
        Assert.InRange(numbers.Count, 1, 15);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
    }

    [Fact]
    public async Task A_live_session_sends_frames_in_order_and_says_which_sound_they_show()
    {
        JsonElement portrait = await UploadAsync();
        using ClientWebSocket socket = await ConnectAsync($"/v1/live?portrait={portrait.Id()}&emotion=happiness&steps=2&advance=6&look_ahead=4");
        JsonElement ready = await ReceiveJsonAsync(socket);
        Assert.Equal((25, 16000), (ready.GetProperty("frames_per_second").GetInt32(), ready.GetProperty("sample_rate").GetInt32()));
        await socket.SendAsync(TestMedia.Voice(1).AsMemory(44), WebSocketMessageType.Binary, endOfMessage: true, Token);
        await SendAsync(socket, """{"type": "end_utterance"}""");

        // One live session is what a CPU takes.
        using ClientWebSocket second = await ConnectAsync($"/v1/live?portrait={portrait.Id()}");
        Assert.Equal("engine_full", (await ReceiveJsonAsync(second)).GetProperty("code").GetString());

        uint expected = 0;
        bool isHeard = false;
        while (!isHeard)
        {
            byte[] message = await ReceiveAsync(socket, WebSocketMessageType.Binary);
            Assert.Equal(expected++, BinaryPrimitives.ReadUInt32LittleEndian(message));
            Assert.Equal([0xFF, 0xD8], message[8..10]);
            isHeard = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(4)) != uint.MaxValue;
            Assert.InRange(expected, 1u, 20u);
        }

        await SendAsync(socket, """{"type": "interrupt"}""");
        await SendAsync(socket, """{"type": "sing"}""");
        Assert.Equal("invalid_message", (await ReceiveProblemAsync(socket)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/v1/pose?portrait=nobody", HttpStatusCode.NotFound)]
    [InlineData("/v1/live?portrait=../../jobs", HttpStatusCode.NotFound)]
    [InlineData("/v1/live?portrait=x&smoothing=kalman", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/live?portrait=x&wish=1", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/live?portrait=x&advance=17", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/live?portrait=x&look_ahead=1", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/pose?portrait=x&face=best", HttpStatusCode.UnprocessableEntity)]
    public async Task A_socket_that_cannot_be_opened_is_refused(string path, HttpStatusCode status)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(AddressOf(path), Token));

        Assert.Equal(status, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Messages_that_make_no_sense_are_told_and_end_the_socket()
    {
        JsonElement portrait = await UploadAsync();
        foreach ((string message, string code) in new[] { ("{", "invalid_message"), ("""{"sliders": {"yaw": 90}}""", "invalid_pose"), ("""{"sliders": {"nose": 1}}""", "invalid_pose"), (new string('x', 70_000), "too_large") })
        {
            using ClientWebSocket socket = await ConnectAsync($"/v1/pose?portrait={portrait.Id()}");
            await ReceiveJsonAsync(socket);
            await SendAsync(socket, message);
            Assert.Equal(code, (await ReceiveProblemAsync(socket)).GetProperty("code").GetString());
        }

        using HttpResponseMessage plain = await Client.GetAsync($"/v1/pose?portrait={portrait.Id()}", Token);
        await plain.ProblemAsync(HttpStatusCode.UpgradeRequired, "not_a_socket");
    }

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Token);

    private static async Task<JsonElement> ReceiveJsonAsync(ClientWebSocket socket) =>
        JsonElement.Parse(Encoding.UTF8.GetString(await ReceiveAsync(socket, WebSocketMessageType.Text)));

    // Frames that were on their way come first.
    private static async Task<JsonElement> ReceiveProblemAsync(ClientWebSocket socket)
    {
        while (true)
        {
            (WebSocketMessageType type, byte[] message) = await ReceiveAsync(socket);
            if (type == WebSocketMessageType.Text)
            {
                Assert.Equal(WebSocketMessageType.Close, (await ReceiveAsync(socket)).Type);
                return JsonElement.Parse(Encoding.UTF8.GetString(message));
            }
        }
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket, WebSocketMessageType expected)
    {
        (WebSocketMessageType type, byte[] message) = await ReceiveAsync(socket);
        Assert.True(type == expected, $"{type}: {Encoding.UTF8.GetString(message)}");
        return message;
    }

    private static async Task<(WebSocketMessageType Type, byte[] Message)> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        byte[] part = new byte[1 << 16];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            WebSocketReceiveResult read = await socket.ReceiveAsync(part, patience.Token);
            message.Write(part, 0, read.Count);
            if (read.EndOfMessage)
            {
                return (read.MessageType, message.ToArray());
            }
        }
    }

    private async Task<JsonElement> UploadAsync()
    {
        using HttpResponseMessage answer = await Client.PostAsync("/v1/portraits", TestMedia.Form(TestMedia.Portrait, null), Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token));
    }

    private async Task<ClientWebSocket> ConnectAsync(string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(AddressOf(path), Token);
        return socket;
    }

    private Uri AddressOf(string path) => new($"ws://{Server.Address.Authority}{path}");
}

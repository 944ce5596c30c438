using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>Videos from their request to their deletion.</summary>
public sealed class VideoTests(ServerFixture fixture) : ServerTests(fixture)
{
    [Fact]
    public async Task A_form_becomes_a_video_with_sound_that_can_be_had_in_ranges()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        using HttpResponseMessage answer = await Client.PostAsync("/v1/videos", TestMedia.Small(0.6, ("emotion", "happiness"), ("seed", "7")), Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        JsonElement video = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal($"/v1/videos/{video.Id()}", answer.Headers.Location?.ToString());
        Assert.Equal(("video", "0.6"), (video.GetProperty("object").GetString(), video.GetProperty("seconds").GetString()));
        Assert.Equal(("happiness", 7UL), (video.GetProperty("options").GetProperty("emotion").GetString(), video.GetProperty("options").GetProperty("seed").GetUInt64()));
        Assert.Contains(video.Status(), (string[])["queued", "in_progress"]);

        JsonElement completed = await Client.WaitAsync(video.Id());
        Assert.Equal(("completed", 100, "512x512"), (completed.Status(), completed.GetProperty("progress").GetInt32(), completed.GetProperty("size").GetString()));
        Assert.Equal(15, completed.GetProperty("frames").GetInt32());

        string content = $"/v1/videos/{video.Id()}/content";
        using HttpResponseMessage whole = await Client.GetAsync(content, Token);
        byte[] bytes = await whole.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(("video/mp4", "bytes"), (whole.Content.Headers.ContentType?.MediaType, whole.Headers.AcceptRanges.Single()));
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("video.mp4"), bytes, Token);
        await using SoundTrack sound = await SoundTrack.DecodeAsync(folder.File("video.mp4"), Token);
        Assert.InRange(sound.Duration.TotalSeconds, 0.55, 0.85);
        Assert.True(bytes.AsSpan().IndexOf("moda-generated"u8) >= 0);

        using var part = new HttpRequestMessage(HttpMethod.Get, content) { Headers = { Range = new RangeHeaderValue(10, 19) } };
        using HttpResponseMessage partial = await Client.SendAsync(part, Token);
        Assert.Equal(HttpStatusCode.PartialContent, partial.StatusCode);
        Assert.Equal(bytes[10..20], await partial.Content.ReadAsByteArrayAsync(Token));

        using var same = new HttpRequestMessage(HttpMethod.Get, content) { Headers = { IfNoneMatch = { whole.Headers.ETag! } } };
        using HttpResponseMessage unchanged = await Client.SendAsync(same, Token);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        using var beyond = new HttpRequestMessage(HttpMethod.Get, content) { Headers = { Range = new RangeHeaderValue(bytes.Length + 5, null) } };
        using HttpResponseMessage refused = await Client.SendAsync(beyond, Token);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);

        Assert.Equal(bytes, await Client.GetByteArrayAsync($"/v1/videos/{video.Id()}/stream", Token));
    }

    [Fact]
    public async Task A_stream_begins_before_the_video_is_complete_and_is_whole_for_all_who_read_it()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestServer server = await TestServer.StartAsync();
        server.Script.Hold();
        JsonElement video = await server.Client.CreateAsync(TestMedia.Small(2));
        string path = $"/v1/videos/{video.Id()}/stream";
        Task<byte[]> other = server.Client.GetByteArrayAsync(path, Token);
        using HttpResponseMessage answer = await server.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("video/mp4", answer.Content.Headers.ContentType?.MediaType);
        await using Stream stream = await answer.Content.ReadAsStreamAsync(Token);
        byte[] start = new byte[8];
        await stream.ReadExactlyAsync(start, Token);
        Assert.Equal("ftyp"u8, start.AsSpan(4));

        JsonElement now = await server.Client.WaitAsync(video.Id(), one => one.GetProperty("frames").GetInt32() == 10);
        Assert.Equal(("in_progress", 20, 50), (now.Status(), now.GetProperty("progress").GetInt32(), now.GetProperty("total_frames").GetInt32()));
        using HttpResponseMessage early = await server.Client.GetAsync($"/v1/videos/{video.Id()}/content", Token);
        await early.ProblemAsync(HttpStatusCode.Conflict, "not_ready");
        Assert.False(other.IsCompleted);

        server.Script.Release();
        using var rest = new MemoryStream();
        rest.Write(start);
        await stream.CopyToAsync(rest, Token);
        Assert.Equal(rest.ToArray(), await other);
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("stream.mp4"), rest.ToArray(), Token);
        await using SoundTrack sound = await SoundTrack.DecodeAsync(folder.File("stream.mp4"), Token);
        Assert.InRange(sound.Duration.TotalSeconds, 1.9, 2.3);
        Assert.Equal("completed", (await server.Client.WaitAsync(video.Id())).Status());
    }

    [Fact]
    public async Task Deleting_cancels_what_is_being_made_and_what_waits_and_leaves_no_files()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestServer server = await TestServer.StartAsync("Moda:MaxConcurrent=1");
        server.Script.Hold();
        JsonElement video = await server.Client.CreateAsync(TestMedia.Small(2));
        JsonElement waiting = await server.Client.CreateAsync(TestMedia.Small(2));
        await server.Client.WaitAsync(video.Id(), now => now.GetProperty("frames").GetInt32() == 10);
        using HttpResponseMessage streamed = await server.Client.GetAsync($"/v1/videos/{video.Id()}/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        Task<HttpResponseMessage> streamWaiting = server.Client.GetAsync($"/v1/videos/{waiting.Id()}/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(("queued", 1), (waiting.Status(), waiting.GetProperty("queue_position").GetInt32()));

        foreach (string id in (string[])[waiting.Id(), video.Id()])
        {
            using HttpResponseMessage deleted = await server.Client.DeleteAsync($"/v1/videos/{id}", Token);
            JsonElement answer = JsonElement.Parse(await deleted.Content.ReadAsStringAsync(Token));
            Assert.Equal((id, "video.deleted", true), (answer.Id(), answer.GetProperty("object").GetString(), answer.GetProperty("deleted").GetBoolean()));
            using HttpResponseMessage gone = await server.Client.GetAsync($"/v1/videos/{id}", Token);
            await gone.ProblemAsync(HttpStatusCode.NotFound, "not_found");
            using HttpResponseMessage twice = await server.Client.DeleteAsync($"/v1/videos/{id}", Token);
            await twice.ProblemAsync(HttpStatusCode.NotFound, "not_found");
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.DataFolder, "videos")));

        // Readers are not left waiting, and none takes the part for the whole.
        await Assert.ThrowsAnyAsync<Exception>(() => streamed.Content.ReadAsByteArrayAsync(Token).WaitAsync(TimeSpan.FromSeconds(10), Token));
        using HttpResponseMessage never = await streamWaiting.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await never.ProblemAsync(HttpStatusCode.NotFound, "not_found");

        // The place is free again.
        server.Script.Release();
        Assert.Equal("completed", (await server.Client.WaitAsync((await server.Client.CreateAsync(TestMedia.Small())).Id())).Status());
    }

    [Fact]
    public async Task Lists_have_pages_in_both_orders()
    {
        await using TestServer server = await TestServer.StartAsync();
        var made = new List<string>();
        for (int n = 0; n < 5; n++)
        {
            made.Add((await server.Client.CreateAsync(TestMedia.Small())).Id());
        }

        made.Sort(StringComparer.Ordinal);
        Assert.Equal(made, await PagesAsync(server.Client, "asc"));
        made.Reverse();
        Assert.Equal(made, await PagesAsync(server.Client, "desc"));
        foreach (string wrong in (string[])["limit=0", "limit=101", "order=up", "after=nobody"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync("/v1/videos?" + wrong, Token);
            await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, "invalid_query");
        }
    }

    [Fact]
    public async Task A_description_has_a_tag_and_is_not_sent_again()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        JsonElement video = await Client.CreateAsync(TestMedia.Small());
        await Client.WaitAsync(video.Id());
        using HttpResponseMessage first = await Client.GetAsync($"/v1/videos/{video.Id()}", Token);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/v1/videos/{video.Id()}") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using HttpResponseMessage second = await Client.SendAsync(again, Token);

        Assert.Equal((HttpStatusCode.NotModified, 0), (second.StatusCode, (await second.Content.ReadAsByteArrayAsync(Token)).Length));
    }

    [Fact]
    public async Task The_same_request_with_a_key_makes_one_video()
    {
        using HttpResponseMessage first = await SendAsync("key-1", TestMedia.Small());
        using HttpResponseMessage second = await SendAsync("key-1", TestMedia.Small());
        using HttpResponseMessage other = await SendAsync("key-1", TestMedia.Small(0.7));
        using HttpResponseMessage wrong = await SendAsync(new string('k', 300), TestMedia.Small());

        JsonElement[] videos = [JsonElement.Parse(await first.Content.ReadAsStringAsync(Token)), JsonElement.Parse(await second.Content.ReadAsStringAsync(Token))];
        Assert.Equal(videos[0].Id(), videos[1].Id());
        Assert.Equal((HttpStatusCode.Accepted, "true"), (second.StatusCode, second.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        await other.ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_mismatch");
        await wrong.ProblemAsync(HttpStatusCode.UnprocessableEntity, "invalid_idempotency_key");
    }

    private static async Task<List<string>> PagesAsync(HttpClient client, string order)
    {
        var found = new List<string>();
        string after = "";
        while (true)
        {
            JsonElement page = await client.GetJsonAsync($"/v1/videos?limit=2&order={order}{after}");
            found.AddRange(page.GetProperty("data").EnumerateArray().Select(video => video.Id()));
            Assert.Equal(found[^1], page.GetProperty("last_id").GetString());
            if (!page.GetProperty("has_more").GetBoolean())
            {
                return found;
            }

            after = "&after=" + found[^1];
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string key, MultipartFormDataContent form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/videos") { Content = form };
        request.Headers.Add("Idempotency-Key", key);
        return await Client.SendAsync(request, Token);
    }
}

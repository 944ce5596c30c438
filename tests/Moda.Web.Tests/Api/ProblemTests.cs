using System.Net;
using System.Net.Http.Headers;
using Moda.Runtime.Processes;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>What cannot be done is told as a problem, with the status and the code that the docs name.</summary>
public sealed class ProblemTests(ServerFixture fixture) : ServerTests(fixture)
{
    [Theory]
    [InlineData("emotion", "joy")]
    [InlineData("emotion", "4")]
    [InlineData("emotion", "Happiness")]
    [InlineData("emotion_strength", "-1")]
    [InlineData("guidance", "0.9")]
    [InlineData("guidance", "2.6")]
    [InlineData("guidance", "NaN")]
    [InlineData("steps", "1")]
    [InlineData("steps", "101")]
    [InlineData("seed", "-1")]
    [InlineData("seed", "1e3")]
    [InlineData("smoothing", "some")]
    [InlineData("region", "nose")]
    [InlineData("paste_back", "face_mask")]
    [InlineData("silence", "always")]
    [InlineData("face", "0")]
    public async Task An_option_out_of_range_is_refused(string name, string value)
    {
        using HttpResponseMessage answer = await Client.PostAsync("/v1/videos", TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(), (name, value)), Token);

        Assert.Contains(name, (await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, "invalid_options")).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_refused_and_leave_nothing()
    {
        byte[] nonsense = [.. Enumerable.Range(0, 5000).Select(n => (byte)(n * 31))];
        await ExpectAsync(TestMedia.Form(nonsense, TestMedia.Voice()), "invalid_portrait");
        await ExpectAsync(TestMedia.Form(TestMedia.Voice(), TestMedia.Voice()), "invalid_portrait");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait[..2000], TestMedia.Voice()), "invalid_portrait");
        await ExpectAsync(TestMedia.Form(TestMedia.Noise(255, 400), TestMedia.Voice()), "invalid_portrait");
        await ExpectAsync(TestMedia.Form(TestMedia.Noise(256, 4097), TestMedia.Voice()), "invalid_portrait");
        await ExpectAsync(TestMedia.Form(TestMedia.Noise(300, 300), TestMedia.Voice()), "no_face");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(), ("face", "2")), "no_face");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, nonsense), "invalid_voice");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Portrait), "invalid_voice");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(0.4)), "invalid_voice");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(301)), "invalid_voice");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, []), "invalid_voice");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, null), "missing_file");
        await ExpectAsync(TestMedia.Form(null, TestMedia.Voice()), "missing_file");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(), ("prompt", "speak")), "unknown_field");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(), ("seed", "1"), ("seed", "2")), "doubled_field");
        await ExpectAsync(TestMedia.Form(TestMedia.Portrait, TestMedia.Voice(), [.. Enumerable.Range(0, 40).Select(n => ($"field{n}", "x"))]), "too_many_fields");

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Server.DataFolder, "uploads")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Server.DataFolder, "videos")));
    }

    [Fact]
    public async Task A_compressed_sound_of_many_hours_is_refused_before_it_fills_the_disk()
    {
        // Ten minutes at 1,000 samples a second: small as a file, too long as a voice.
        byte[] slow = WavBytes.Build(new byte[2 * 1000 * 600], sampleRate: 1000);

        string detail = await ExpectAsync(TestMedia.Form(TestMedia.Portrait, slow), "invalid_voice");

        Assert.Contains("300 s", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_no_form_is_refused()
    {
        using HttpResponseMessage json = await Client.PostAsync("/v1/videos", new StringContent("{}", new MediaTypeHeaderValue("application/json")), Token);
        await json.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "not_a_form");

        var broken = new StringContent("--x\r\nContent-Disposition: form-data; name=\"portrait\"\r\n\r\nabc");
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using HttpResponseMessage early = await Client.PostAsync("/v1/videos", broken, Token);
        await early.ProblemAsync(HttpStatusCode.BadRequest, "bad_request");
    }

    [Theory]
    [InlineData("/v1/videos/nobody")]
    [InlineData("/v1/videos/..%2f..%2fjobs.db")]
    [InlineData("/v1/videos/video_0123456789abcdef0123456789abcdef")]
    [InlineData("/v1/videos/video_0123456789abcdef0123456789abcdef/content")]
    [InlineData("/v1/videos/video_0123456789abcdef0123456789abcdef/stream")]
    [InlineData("/v1/nothing")]
    public async Task What_is_not_there_is_a_problem(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync(path, Token);

        await answer.ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_method_that_a_route_lacks_is_a_problem()
    {
        using HttpResponseMessage answer = await Client.PutAsync("/v1/videos", null, Token);

        await answer.ProblemAsync(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Uploads_that_are_too_large_are_refused()
    {
        await using TestServer small = await TestServer.StartAsync("Service:LargestPortraitBytes=1000", "Service:LargestVoiceBytes=20000");
        using HttpResponseMessage portrait = await small.Client.PostAsync("/v1/videos", TestMedia.Form(new byte[1001], TestMedia.Voice()), Token);
        Assert.Contains("1000", (await portrait.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too_large")).GetProperty("detail").GetString(), StringComparison.Ordinal);

        // The whole request is too large. The client gets the answer also where it sends all of it first, many times what sockets hold.
        using HttpResponseMessage all = await small.Client.PostAsync("/v1/videos", TestMedia.Form(null, new byte[50_000_000]), Token);
        string? detail = (await all.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too_large")).GetProperty("detail").GetString();
        Assert.Contains("at most 1069576", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_may_wait_and_more_than_may_be_sent_are_told_when_to_come_again()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestServer server = await TestServer.StartAsync("Service:MaxQueued=2", "Service:UploadsPerMinute=4", "Moda:MaxConcurrent=1", "Service:DrainSeconds=0");
        server.Script.Hold();
        await server.Client.CreateAsync(TestMedia.Small());
        await server.Client.CreateAsync(TestMedia.Small());

        using HttpResponseMessage full = await server.Client.PostAsync("/v1/videos", TestMedia.Small(), Token);
        await full.ProblemAsync(HttpStatusCode.TooManyRequests, "queue_full");
        Assert.True(full.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));

        using HttpResponseMessage last = await server.Client.PostAsync("/v1/videos", TestMedia.Small(), Token);
        using HttpResponseMessage often = await server.Client.PostAsync("/v1/videos", TestMedia.Small(), Token);
        await often.ProblemAsync(HttpStatusCode.TooManyRequests, "too_many_requests");
        Assert.True(often.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
    }

    private async Task<string> ExpectAsync(MultipartFormDataContent form, string code)
    {
        using HttpResponseMessage answer = await Client.PostAsync("/v1/videos", form, Token);
        string detail = (await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, code)).GetProperty("detail").GetString()!;

        // Paths of the machine are nobody's business.
        Assert.DoesNotContain(Server.DataFolder, detail, StringComparison.Ordinal);
        return detail;
    }
}

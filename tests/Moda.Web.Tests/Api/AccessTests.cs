using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Moda.Web.Security;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>Who may ask, and what browsers are told.</summary>
public sealed class AccessTests
{
    private const string AliceKey = "alice-has-a-long-key";
    private const string BobKey = "bob-has-a-longer-key";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_are_demanded_and_each_sees_its_own_videos()
    {
        await using TestServer server = await TestServer.StartAsync($"Service:ApiKeys:alice={AliceKey}", $"Service:ApiKeys:bob={BobKey}");
        foreach (string path in (string[])["/v1/videos", "/v1/emotions", "/metrics", "/openapi/v1.json", "/v1/live?portrait=x"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(path, Token);
            await answer.ProblemAsync(HttpStatusCode.Unauthorized, "key_required");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }

        Assert.Equal("Healthy", await server.Client.GetStringAsync("/health/ready", Token));
        Assert.Contains("<moda-portrait>", await server.Client.GetStringAsync("/", Token), StringComparison.Ordinal);
        using HttpClient alice = WithKey(server, AliceKey);
        using HttpClient bob = WithKey(server, BobKey);
        using HttpClient nobody = WithKey(server, AliceKey + "x");
        using HttpResponseMessage unknown = await nobody.GetAsync("/v1/videos", Token);
        await unknown.ProblemAsync(HttpStatusCode.Unauthorized, "key_required");

        JsonElement video = await alice.CreateAsync(TestMedia.Small());
        Assert.Equal(1, (await alice.GetJsonAsync("/v1/videos")).GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await bob.GetJsonAsync("/v1/videos")).GetProperty("data").GetArrayLength());
        foreach (string path in (string[])["", "/content", "/stream"])
        {
            using HttpResponseMessage other = await bob.GetAsync($"/v1/videos/{video.Id()}{path}", Token);
            await other.ProblemAsync(HttpStatusCode.NotFound, "not_found");
        }

        using HttpResponseMessage deleted = await bob.DeleteAsync($"/v1/videos/{video.Id()}", Token);
        await deleted.ProblemAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_page_turns_its_key_into_a_cookie_that_scripts_cannot_read()
    {
        await using TestServer server = await TestServer.StartAsync($"Service:ApiKeys:alice={AliceKey}");
        using HttpClient wrong = WithKey(server, BobKey);
        using HttpResponseMessage refused = await wrong.PostAsync("/v1/session", null, Token);
        await refused.ProblemAsync(HttpStatusCode.Unauthorized, "key_required");

        using HttpClient alice = WithKey(server, AliceKey);
        using HttpResponseMessage session = await alice.PostAsync("/v1/session", null, Token);
        string cookie = session.Headers.GetValues("Set-Cookie").Single();
        Assert.Equal(HttpStatusCode.NoContent, session.StatusCode);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/videos");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("Host", "moda.example:7860", "key_required")]
    [InlineData("Origin", "https://moda.example", "other_site")]
    [InlineData("Origin", "null", "other_site")]
    [InlineData("Sec-Fetch-Site", "cross-site", "other_site")]
    public async Task Without_keys_no_other_site_and_no_other_name_reaches_the_service(string header, string value, string code)
    {
        await using TestServer server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/videos");
        request.Headers.TryAddWithoutValidation(header, value);
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        await answer.ProblemAsync(HttpStatusCode.Forbidden, code);
    }

    [Fact]
    public async Task A_service_that_others_reach_does_not_start_without_keys()
    {
        using var folder = new Testing.TemporaryFolder();
        await using Microsoft.AspNetCore.Builder.WebApplication app = WebService.Build([.. TestServer.Arguments(folder.Path), "--urls", "http://0.0.0.0:0", "--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None"]);

        OpenServiceException error = await Assert.ThrowsAsync<OpenServiceException>(() => app.StartAsync(Token));

        Assert.Contains("ApiKeys", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_have_the_headers_that_keep_the_page_to_itself()
    {
        await using TestServer server = await TestServer.StartAsync("Service:AllowedOrigins:0=https://friend.example");
        foreach (string path in (string[])["/", "/scripts/app.js", "/v1/emotions", "/v1/nothing"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(path, Token);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(answer.Headers.Contains("Server"));
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/emotions") { Headers = { { "Origin", "https://friend.example" } } };
        using HttpResponseMessage friend = await server.Client.SendAsync(request, Token);
        Assert.Equal((HttpStatusCode.OK, "https://friend.example"), (friend.StatusCode, friend.Headers.GetValues("Access-Control-Allow-Origin").Single()));
    }

    private static HttpClient WithKey(TestServer server, string key)
    {
        HttpClient client = server.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}

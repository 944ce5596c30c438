using System.Net;
using System.Text.Json;
using Xunit;

namespace Moda.Web.Tests;

/// <summary>Asks the service as its clients do.</summary>
internal static class VideoClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends a form and expects a video.</summary>
    /// <param name="client">The client.</param>
    /// <param name="form">The form.</param>
    /// <param name="path">Where to.</param>
    /// <returns>The video as the service describes it.</returns>
    public static async Task<JsonElement> CreateAsync(this HttpClient client, MultipartFormDataContent form, string path = "/v1/videos")
    {
        using HttpResponseMessage answer = await client.PostAsync(path, form, Token);
        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{answer.StatusCode}: {body}");
        return JsonElement.Parse(body);
    }

    /// <summary>The video's name.</summary>
    public static string Id(this JsonElement video) => video.GetProperty("id").GetString()!;

    /// <summary>Where the video stands.</summary>
    public static string Status(this JsonElement video) => video.GetProperty("status").GetString()!;

    /// <summary>Asks for JSON.</summary>
    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(path, Token);
        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}: {body}");
        return JsonElement.Parse(body);
    }

    /// <summary>Waits until a video has ended.</summary>
    public static Task<JsonElement> WaitAsync(this HttpClient client, string id) =>
        client.WaitAsync(id, video => video.Status() is "completed" or "failed");

    /// <summary>Waits until a video is as wanted.</summary>
    public static async Task<JsonElement> WaitAsync(this HttpClient client, string id, Func<JsonElement, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            JsonElement video = await client.GetJsonAsync($"/v1/videos/{id}");
            if (isWanted(video))
            {
                return video;
            }

            Assert.False(patience.IsCancellationRequested, $"It still is: {video}");
            await Task.Delay(20, Token);
        }
    }

    /// <summary>Expects a problem (RFC 9457).</summary>
    /// <returns>The problem.</returns>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer, HttpStatusCode status, string? code = null)
    {
        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(body);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        if (code is not null)
        {
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Equal("urn:moda:problem:" + code, problem.GetProperty("type").GetString());
            Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        }

        return problem;
    }
}

using System.Net;
using System.Text.Json;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>Dubs and drives from their request to their video, and what is refused. Their life between is that of all videos.</summary>
public sealed class DubTests(ServerFixture fixture) : ServerTests(fixture)
{
    [Fact]
    public async Task A_video_and_a_voice_become_a_dub_of_the_videos_size_rate_and_length()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] source = await TestMedia.VideoAsync(frames: 24, rate: 12);
        JsonElement video = await Client.CreateAsync(
            TestMedia.Dub(source, TestMedia.Voice(0.6), ("emotion", "happiness"), ("faces", "all"), ("smoothing", "none"), ("paste_back", "feather")), "/v1/dubs");
        Assert.Equal(("dub", "video", "2"), (Text(video, "kind"), Text(video, "object"), Text(video, "seconds")));
        JsonElement options = video.GetProperty("options");
        Assert.Equal(
            ("happiness", "all", "video", "none", "feather", false),
            (Text(options, "emotion"), Text(options, "faces"), Text(options, "length"), Text(options, "smoothing"), Text(options, "paste_back"), options.TryGetProperty("silence", out _)));

        JsonElement completed = await Client.WaitAsync(video.Id());
        Assert.Equal(("completed", "320x240", 24), (completed.Status(), Text(completed, "size"), completed.GetProperty("frames").GetInt32()));
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("dub.mp4"), await Client.GetByteArrayAsync($"/v1/videos/{video.Id()}/content", Token), Token);
        VideoFormat format = await VideoFile.CheckAsync(folder.File("dub.mp4"), Token);
        Assert.Equal((320, 240, new FrameRate(12)), (format.Width, format.Height, format.FramesPerSecond));
        await using SoundTrack sound = await SoundTrack.DecodeAsync(folder.File("dub.mp4"), Token);

        // Silence follows the voice up to the last frame.
        Assert.InRange(sound.Duration.TotalSeconds, 1.9, 2.3);

        // Retention, lists and deletion know no kinds.
        JsonElement listed = (await Client.GetJsonAsync("/v1/videos?limit=100")).GetProperty("data").EnumerateArray().Single(one => one.Id() == video.Id());
        Assert.Equal("dub", Text(listed, "kind"));
        Assert.Equal(["video", "video.mp4", "voice"], FilesOf(video.Id()));
        using HttpResponseMessage deleted = await Client.DeleteAsync($"/v1/videos/{video.Id()}", Token);
        Assert.True(deleted.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("audio", "0.6", 8)]
    [InlineData("shortest", "0.5", 6)]
    public async Task A_dub_is_as_long_as_was_asked_for(string length, string seconds, int frames)
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] source = await TestMedia.VideoAsync(frames: 6, rate: 12);
        JsonElement video = await Client.CreateAsync(TestMedia.Dub(source, TestMedia.Voice(0.6), ("length", length)), "/v1/dubs");

        JsonElement completed = await Client.WaitAsync(video.Id());

        Assert.Equal((seconds, frames), (Text(video, "seconds"), completed.GetProperty("frames").GetInt32()));
    }

    [Fact]
    public async Task A_dub_streams_while_it_is_made_and_begins_again_after_a_restart()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        using var folder = new TemporaryFolder();
        byte[] source = await TestMedia.VideoAsync(frames: 24, rate: 12);
        string id;
        await using (TestServer server = await TestServer.StartOnAsync(folder.Path, "Service:DrainSeconds=0"))
        {
            server.Script.Hold();
            id = (await server.Client.CreateAsync(TestMedia.Dub(source, TestMedia.Voice()), "/v1/dubs")).Id();
            using HttpResponseMessage stream = await server.Client.GetAsync($"/v1/videos/{id}/stream", HttpCompletionOption.ResponseHeadersRead, Token);
            byte[] start = new byte[8];
            await (await stream.Content.ReadAsStreamAsync(Token)).ReadExactlyAsync(start, Token);
            Assert.Equal("ftyp"u8, start.AsSpan(4));
            JsonElement now = await server.Client.WaitAsync(id, one => one.GetProperty("frames").GetInt32() == 10);
            Assert.Equal(
                ("in_progress", "rendering_frames", 10, 24, 41),
                (now.Status(), Text(now, "stage"), now.GetProperty("stage_frames").GetInt32(), now.GetProperty("total_frames").GetInt32(), now.GetProperty("progress").GetInt32()));
        }

        await using TestServer next = await TestServer.StartOnAsync(folder.Path);
        JsonElement completed = await next.Client.WaitAsync(id);
        Assert.Equal(("completed", "dub", 24), (completed.Status(), Text(completed, "kind"), completed.GetProperty("frames").GetInt32()));
    }

    [Fact]
    public async Task A_key_is_of_one_request_of_one_kind()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] source = await TestMedia.VideoAsync(frames: 2);
        using HttpResponseMessage first = await SendAsync("/v1/dubs", TestMedia.Dub(source, TestMedia.Voice()));
        using HttpResponseMessage second = await SendAsync("/v1/dubs", TestMedia.Dub(source, TestMedia.Voice()));
        using HttpResponseMessage other = await SendAsync("/v1/drives", TestMedia.Drive(TestMedia.Portrait, source));

        Assert.Equal(await IdAsync(first), await IdAsync(second));
        Assert.Equal("true", second.Headers.GetValues("Idempotent-Replayed").Single());
        await other.ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_mismatch");
    }

    [Fact]
    public async Task A_portrait_is_driven_by_a_video_by_a_picture_and_by_motion()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        using var folder = new TemporaryFolder();
        StillMotion(frames: 5).Save(folder.File("motion.safetensors"));
        (byte[] Driving, int Frames)[] cases =
        [
            (await TestMedia.VideoAsync(frames: 6, rate: 30), 6), (TestMedia.Portrait, 1), (await File.ReadAllBytesAsync(folder.File("motion.safetensors"), Token), 5),
        ];
        foreach ((byte[] driving, int frames) in cases)
        {
            JsonElement video = await Client.CreateAsync(
                TestMedia.Drive(TestMedia.Portrait, driving, ("motion", "absolute"), ("region", "expression"), ("multiplier", "1.5"), ("crop_driving", "true")), "/v1/drives");
            JsonElement options = video.GetProperty("options");
            Assert.Equal(
                ("drive", "absolute", "expression_friendly", "expression", true, true),
                (Text(video, "kind"), Text(options, "motion"), Text(options, "driving_option"), Text(options, "region"), options.GetProperty("crop_driving").GetBoolean(), options.GetProperty("sound").GetBoolean()));

            JsonElement completed = await Client.WaitAsync(video.Id());
            Assert.Equal(("completed", "512x512", frames), (completed.Status(), Text(completed, "size"), completed.GetProperty("frames").GetInt32()));
        }
    }

    [Theory]
    [InlineData("/v1/dubs", "faces", "0")]
    [InlineData("/v1/dubs", "faces", "1,1")]
    [InlineData("/v1/dubs", "faces", "all,1")]
    [InlineData("/v1/dubs", "length", "long")]
    [InlineData("/v1/dubs", "smoothing", "exponential_moving_average")]
    [InlineData("/v1/dubs", "paste_back", "none")]
    [InlineData("/v1/dubs", "emotion", "joy")]
    [InlineData("/v1/drives", "motion", "some")]
    [InlineData("/v1/drives", "driving_option", "friendly")]
    [InlineData("/v1/drives", "multiplier", "3.1")]
    [InlineData("/v1/drives", "crop_driving", "yes")]
    [InlineData("/v1/drives", "normalize_lips", "1")]
    [InlineData("/v1/drives", "driving_face", "-1")]
    public async Task An_option_out_of_range_is_refused(string path, string name, string value)
    {
        // Options are read before files are looked at.
        MultipartFormDataContent form = path == "/v1/dubs" ? TestMedia.Dub([1], [1], (name, value)) : TestMedia.Drive([1], [1], (name, value));

        Assert.Contains(name, await RefusedAsync(Client, path, form, "invalid_options"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_refused_and_leave_nothing()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] nonsense = [.. Enumerable.Range(0, 5000).Select(n => (byte)(n * 31))];
        byte[] source = await TestMedia.VideoAsync(frames: 3);
        byte[] pickle = MotionTemplates.Read(MotionTemplates.Names[0]);
        byte[] playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"u8.ToArray();
        string videos = Path.Combine(Server.DataFolder, "videos");
        string[] before = Directory.GetFileSystemEntries(videos);
        foreach (byte[] bad in (byte[][])[nonsense, TestMedia.Portrait, TestMedia.Voice(), source[..^(source.Length / 2)], playlist])
        {
            await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(bad, TestMedia.Voice()), "invalid_video");
        }

        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(source, nonsense), "invalid_voice");
        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(source, null), "missing_file");
        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(null, TestMedia.Voice()), "missing_file");
        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub([], TestMedia.Voice()), "invalid_video");
        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(source, TestMedia.Voice(), ("silence", "post")), "unknown_field");
        await RefusedAsync(Client, "/v1/dubs", TestMedia.Dub(source, TestMedia.Voice(), ("paste_back", "face_mask")), "invalid_options");
        foreach (byte[] bad in (byte[][])[nonsense, pickle, [.. "\x7f\0\0\0\0\0\0\0{"u8, .. nonsense], TestMedia.Noise(100, 100)])
        {
            await RefusedAsync(Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, bad), "invalid_driving");
        }

        using var folder = new TemporaryFolder();
        StillMotion(frames: 2).Save(folder.File("motion"));
        byte[] withoutOpenings = await File.ReadAllBytesAsync(folder.File("motion"), Token);
        await RefusedAsync(Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, withoutOpenings, ("retarget_eyes", "true")), "invalid_options");
        await RefusedAsync(Client, "/v1/drives", TestMedia.Drive(TestMedia.Noise(300, 300), source), "no_face");
        await RefusedAsync(Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, TestMedia.Noise(300, 300)), "no_face");
        await RefusedAsync(Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, source, ("steps", "2")), "unknown_field");

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Server.DataFolder, "uploads")));
        Assert.Equal(before, Directory.GetFileSystemEntries(videos));
    }

    [Fact]
    public async Task A_video_beyond_the_owners_limits_is_refused()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] large = await TestMedia.TwoFacesAsync(frames: 2);
        await using TestServer server = await TestServer.StartAsync(
            "Service:LargestVideoSide=600", "Service:LongestVideoSeconds=1.5", "Service:HighestFrameRate=20", "Service:LargestVideoBytes=100000",
            "Service:LargestVoiceBytes=20000");
        (byte[] Video, string Told)[] cases =
            [(large, "640 x 240"), (await TestMedia.VideoAsync(frames: 20, rate: 12), "1.5 s"), (await TestMedia.VideoAsync(frames: 6, rate: 30), "20 frames")];
        foreach ((byte[] video, string told) in cases)
        {
            Assert.Contains(told, await RefusedAsync(server.Client, "/v1/dubs", TestMedia.Dub(video, TestMedia.Voice()), "invalid_video"), StringComparison.Ordinal);
            Assert.Contains(told, await RefusedAsync(server.Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, video), "invalid_driving"), StringComparison.Ordinal);
        }

        using HttpResponseMessage one = await server.Client.PostAsync("/v1/dubs", TestMedia.Dub(new byte[100_001], TestMedia.Voice()), Token);
        await one.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too_large");
        using HttpResponseMessage all = await server.Client.PostAsync("/v1/dubs", TestMedia.Dub(new byte[3_000_000], null), Token);
        string? detail = (await all.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too_large")).GetProperty("detail").GetString();
        Assert.Contains($"at most {100_000 + 20_000 + (1 << 20)}", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sound_that_is_to_be_heard_and_lasts_too_long_is_refused()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] driving = await TestMedia.OutlastedVideoAsync(frames: 12, seconds: 4);
        await using TestServer server = await TestServer.StartAsync("Service:LongestVideoSeconds=1.5");

        string told = await RefusedAsync(server.Client, "/v1/drives", TestMedia.Drive(TestMedia.Portrait, driving), "invalid_driving");
        Assert.Matches(@"4\.[01] s; at most 1\.5 s", told);

        // A dub is heard with its voice alone.
        await server.Client.CreateAsync(TestMedia.Drive(TestMedia.Portrait, driving, ("sound", "false")), "/v1/drives");
        await server.Client.CreateAsync(TestMedia.Dub(driving, TestMedia.Voice()), "/v1/dubs");
        await using TestServer patient = await TestServer.StartAsync("Service:LongestVideoSeconds=4");
        await patient.Client.CreateAsync(TestMedia.Drive(TestMedia.Portrait, driving), "/v1/drives");
    }

    private static MotionTemplate StillMotion(int frames)
    {
        float[] ones = [.. Enumerable.Repeat(1f, frames)];
        float[] upright = [.. Enumerable.Range(0, frames * 9).Select(n => n % 9 % 4 == 0 ? 1f : 0)];
        return new MotionTemplate(framesPerSecond: 30, ones, upright, new float[frames * 63], new float[frames * 3]);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static async Task<string> IdAsync(HttpResponseMessage answer) => JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token)).Id();

    private static async Task<string> RefusedAsync(HttpClient client, string path, MultipartFormDataContent form, string code)
    {
        using HttpResponseMessage answer = await client.PostAsync(path, form, Token);
        string detail = (await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, code)).GetProperty("detail").GetString()!;
        Assert.DoesNotContain(Path.GetTempPath(), detail, StringComparison.Ordinal);
        return detail;
    }

    private IEnumerable<string> FilesOf(string id) =>
        Directory.GetFiles(Path.Combine(Server.DataFolder, "videos", id)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    private async Task<HttpResponseMessage> SendAsync(string path, MultipartFormDataContent form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        request.Headers.Add("Idempotency-Key", "dub-1");
        return await Client.SendAsync(request, Token);
    }
}

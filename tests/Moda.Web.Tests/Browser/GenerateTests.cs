using Microsoft.Playwright;
using Moda.Runtime.Processes;
using Xunit;

namespace Moda.Web.Tests.Browser;

/// <summary>The page that makes videos, in a real browser.</summary>
public sealed class GenerateTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string IsPlaying = "() => { const video = document.querySelector('#generate moda-result video'); return video.currentTime > 0.2 && video.videoWidth === 512; }";

    [Fact]
    public async Task An_upload_plays_with_sound_before_it_is_complete()
    {
        await using TestServer server = await OwnServerAsync();
        server.Script.Hold(50);
        await using TestPage page = await fixture.OpenAsync(server);
        await page.ChoosePortraitAsync();
        await page.ChooseVoiceAsync(4);
        await page.Page.SelectOptionAsync("#generate [name=emotion]", "happiness");
        await page.Page.ClickAsync("#generate .make");
        await page.Page.WaitForFunctionAsync(IsPlaying);
        await Assertions.Expect(page.Page.Locator("#generate .progress p")).ToContainTextAsync("50 of 100 frames");
        Assert.True(await page.Page.EvaluateAsync<bool>("() => document.querySelector('#generate moda-result video').webkitAudioDecodedByteCount > 0"), "There is no sound.");

        server.Script.Release();
        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToHaveTextAsync("The video is complete.");
        await Assertions.Expect(page.Page.Locator("#generate .download")).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.Locator("#generate .history li")).ToHaveCountAsync(1);
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#generate moda-result video').src.endsWith('/content')");
        IDownload download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync("#generate .download"));
        Assert.Equal("talking.mp4", download.SuggestedFilename);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Cancelling_deletes_what_is_being_made()
    {
        await using TestServer server = await OwnServerAsync();
        server.Script.Hold(50);
        await using TestPage page = await fixture.OpenAsync(server);
        await StartAsync(page);
        await Assertions.Expect(page.Page.Locator("#generate .progress p")).ToContainTextAsync("50 of 100 frames");
        await page.Page.ClickAsync("#generate .cancel");

        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToHaveTextAsync("Cancelled.");
        await Assertions.Expect(page.Page.Locator("#generate .history li")).ToHaveCountAsync(0);
        Assert.Equal(0, (await server.Client.GetJsonAsync("/v1/videos")).GetProperty("data").GetArrayLength());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_reload_in_the_middle_goes_on()
    {
        await using TestServer server = await OwnServerAsync();
        server.Script.Hold(50);
        await using TestPage page = await fixture.OpenAsync(server);
        await StartAsync(page);
        await Assertions.Expect(page.Page.Locator("#generate .progress p")).ToContainTextAsync("50 of 100 frames");
        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.Locator("#generate .progress p")).ToContainTextAsync("50 of 100 frames");
        await page.Page.WaitForFunctionAsync(IsPlaying);
        server.Script.Release();

        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToHaveTextAsync("The video is complete.");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_keyboard_alone_makes_a_video()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestPage page = await fixture.OpenAsync();
        await page.Page.Locator("#examples li").First.WaitForAsync();
        await TabToAsync(page.Page, "Hello");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToContainTextAsync("is ready");

        // The example puts the focus on the button that goes on.
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToHaveTextAsync("The video is complete.");
        await TabToAsync(page.Page, "Download");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task What_the_service_would_refuse_is_told_before_it_is_sent()
    {
        await using TestPage page = await fixture.OpenAsync();
        await page.Page.ClickAsync("#generate .make");
        await Assertions.Expect(page.Page.Locator("#generate moda-result .problem")).ToHaveTextAsync("Choose a portrait first.");
        await page.Page.SetInputFilesAsync("#generate moda-portrait input", new FilePayload { Name = "small.png", MimeType = "image/png", Buffer = TestMedia.Noise(100, 100) });
        await Assertions.Expect(page.Page.Locator("#generate moda-portrait .problem")).ToContainTextAsync("100 × 100 pixels");
        await page.Page.SetInputFilesAsync("#generate moda-portrait input", new FilePayload { Name = "noise.png", MimeType = "image/png", Buffer = TestMedia.Noise(300, 300) });
        await Assertions.Expect(page.Page.Locator("#generate moda-portrait .problem")).ToContainTextAsync("No face was found");
        await page.ChoosePortraitAsync();
        await page.Page.SetInputFilesAsync("#generate moda-voice input[type=file]", new FilePayload { Name = "voice.wav", MimeType = "audio/wav", Buffer = TestMedia.Voice(0.3) });
        await Assertions.Expect(page.Page.Locator("#generate moda-voice .problem")).ToContainTextAsync("at least 0.5 s");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_trimmed_voice_is_sent_trimmed_and_a_recording_and_a_camera_picture_are_taken()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestPage page = await fixture.OpenAsync();
        await page.ChoosePortraitAsync();
        await page.ChooseVoiceAsync(3);
        await page.Page.Locator("#generate moda-voice .from").FillAsync("1");
        await page.Page.GetByText("2.0 s of voice.").WaitForAsync();
        IResponse sent = await page.Page.RunAndWaitForResponseAsync(() => page.Page.ClickAsync("#generate .make"), answer => answer.Url.EndsWith("/v1/videos", StringComparison.Ordinal));
        Assert.Equal("2", (await sent.JsonAsync())!.Value.GetProperty("seconds").GetString());
        await Assertions.Expect(page.Page.Locator("#generate moda-result .status")).ToHaveTextAsync("The video is complete.");

        await page.Page.ClickAsync("#generate moda-voice .record");
        await page.Page.WaitForTimeoutAsync(1000);
        await page.Page.ClickAsync("#generate moda-voice .record");
        await page.Page.GetByText("s of voice.").WaitForAsync();
        await page.Page.ClickAsync("#generate moda-portrait .shoot");
        await page.Page.ClickAsync("#camera-shoot");
        await Assertions.Expect(page.Page.Locator("#generate moda-portrait .problem")).ToContainTextAsync("No face was found");
        Assert.Empty(page.Errors);
    }

    private static async Task StartAsync(TestPage page)
    {
        await page.ChoosePortraitAsync();
        await page.ChooseVoiceAsync(4);
        await page.Page.ClickAsync("#generate .make");
    }

    private static async Task TabToAsync(IPage page, string text)
    {
        for (int n = 0; n < 60; n++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("text => document.activeElement.textContent.includes(text)", text))
            {
                return;
            }
        }

        Assert.Fail($"'{text}' cannot be reached by the keyboard.");
    }

    private Task<TestServer> OwnServerAsync()
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? string.Empty);
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        return TestServer.StartAsync();
    }
}

using Microsoft.Playwright;
using Moda.Runtime.Processes;
using Xunit;

namespace Moda.Web.Tests.Browser;

/// <summary>The page that dubs videos and drives portraits, in a real browser.</summary>
public sealed class VideoTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string Result = "#video moda-result ";
    private const string IsPlaying = "() => { const video = document.querySelector('#video moda-result video'); return video.currentTime > 0.2 && video.videoWidth === 320; }";

    [Fact]
    public async Task A_dub_plays_before_it_is_complete_and_stands_in_the_history()
    {
        await using TestServer server = await OwnServerAsync();
        server.Script.Hold(50);
        await using TestPage page = await fixture.OpenAsync(server, hash: "#video");
        await page.Page.ClickAsync(Result + ".make");
        await Assertions.Expect(page.Page.Locator(Result + ".problem")).ToHaveTextAsync("Choose a video first.");
        await page.Page.SetInputFilesAsync(
            "#video [data-mode=dub] moda-clip input", new FilePayload { Name = "face.mp4", MimeType = "video/mp4", Buffer = await TestMedia.VideoAsync(frames: 100) });
        await Assertions.Expect(page.Page.Locator("#video [data-mode=dub] moda-clip .status")).ToHaveTextAsync("4.0 s, 320 × 240 pixels.");
        await page.ChooseVoiceAsync(3, "#video");
        await page.Page.ClickAsync(Result + ".make");
        await page.Page.WaitForFunctionAsync(IsPlaying);
        await Assertions.Expect(page.Page.Locator(Result + ".progress p")).ToContainTextAsync("50 of 100 frames");

        server.Script.Release();
        await Assertions.Expect(page.Page.Locator(Result + ".status")).ToHaveTextAsync("The video is complete.");
        await Assertions.Expect(page.Page.Locator(Result + ".history li")).ToContainTextAsync("Dub, 4.0 s");
        await Assertions.Expect(page.Page.Locator("#generate .history li")).ToHaveCountAsync(0);
        IDownload download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync(Result + ".download"));
        Assert.Equal("dubbed.mp4", download.SuggestedFilename);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_keyboard_chooses_a_drive_and_an_example_becomes_a_video()
    {
        await using TestServer server = await OwnServerAsync();
        await using TestPage page = await fixture.OpenAsync(server, hash: "#video");
        await page.Page.FocusAsync("#video [name=mode]:checked");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.Page.Locator("#video [data-mode=drive]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.Locator("#video [data-mode=dub]")).ToBeHiddenAsync();
        await page.Page.FocusAsync("#video-examples li:last-child button");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator(Result + ".status")).ToContainTextAsync("is ready");

        // The example puts the focus on the button that goes on.
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator(Result + ".status")).ToHaveTextAsync("The video is complete.");
        await Assertions.Expect(page.Page.Locator(Result + ".history li")).ToContainTextAsync("Drive, 2.0 s");
        Assert.Empty(page.Errors);
    }

    private Task<TestServer> OwnServerAsync()
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? string.Empty);
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        return TestServer.StartAsync();
    }
}

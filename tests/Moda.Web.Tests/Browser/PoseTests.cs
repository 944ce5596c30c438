using Microsoft.Playwright;
using Xunit;

namespace Moda.Web.Tests.Browser;

/// <summary>The pages that pose a face and speak live, with the engine itself.</summary>
public sealed class PoseTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string Shown = "() => Number(document.getElementById('pose-canvas').dataset.shown)";

    [Fact]
    public async Task A_slider_moves_the_face_and_the_newest_position_wins()
    {
        await using TestPage page = await fixture.OpenAsync(hash: "#pose");
        await page.ChoosePortraitAsync("#pose");
        await page.Page.Locator("#pose-canvas[data-shown]").WaitForAsync();
        string before = await PictureAsync(page);
        int first = await page.Page.EvaluateAsync<int>(Shown);

        // Twenty moves at once: the first and the last are made, and few between.
        await page.Page.EvaluateAsync("""
            () => {
              const slider = document.querySelector('#sliders input[name="yaw"]');
              for (let n = 1; n <= 20; n++) {
                slider.value = n;
                slider.dispatchEvent(new Event('input'));
              }
            }
            """);
        await page.Page.WaitForFunctionAsync("first => Number(document.getElementById('pose-canvas').dataset.shown) >= first + 2", first);

        Assert.NotEqual(before, await PictureAsync(page));
        Assert.InRange(await page.Page.EvaluateAsync<int>(Shown), first + 2, first + 5);
        await Assertions.Expect(page.Page.Locator("#sliders label:has(input[name=yaw]) output")).ToHaveTextAsync("20°");

        // A slider follows the keyboard, and all go back at once.
        await page.Page.FocusAsync("#sliders input[name=yaw]");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Page.Locator("#sliders label:has(input[name=yaw]) output")).ToHaveTextAsync("20.5°");
        await page.Page.ClickAsync("#pose-reset");
        await page.Page.WaitForFunctionAsync("first => Number(document.getElementById('pose-canvas').dataset.shown) >= first + 3", first);
        IDownload download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync("#pose-save"));
        Assert.Equal("pose.png", download.SuggestedFilename);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_portrait_that_the_service_has_forgotten_is_sent_again()
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? string.Empty);
        await using TestServer server = await TestServer.StartAsync("Service:KeepPortraitMinutes=0.005");
        await using TestPage page = await fixture.OpenAsync(server);
        await page.ChoosePortraitAsync();
        await page.Page.WaitForTimeoutAsync(400);

        // Each upload has the service look for what is forgotten.
        using HttpResponseMessage other = await server.Client.PostAsync("/v1/portraits", TestMedia.Form(TestMedia.Portrait, null), TestContext.Current.CancellationToken);
        Assert.True(other.IsSuccessStatusCode);
        await page.Page.ClickAsync("nav a[href='#pose']");

        await page.Page.Locator("#pose-canvas[data-shown]").WaitForAsync();
    }

    [Fact]
    public async Task A_microphone_speaks_through_the_portrait()
    {
        await using TestPage page = await fixture.OpenAsync(hash: "#live");
        await page.Page.ClickAsync("#live-start");
        await Assertions.Expect(page.Page.Locator("#live-problem")).ToHaveTextAsync("Choose a portrait first.");
        await page.ChoosePortraitAsync("#live");
        await page.Page.ClickAsync("#live-start");
        await Assertions.Expect(page.Page.Locator("#live-status")).ToHaveTextAsync("Speak.");
        await page.Page.Locator("#live-canvas[data-shown]").WaitForAsync();
        await page.Page.WaitForFunctionAsync("() => document.getElementById('live-level').value > 0");
        await page.Page.ClickAsync("#live-interrupt");
        await page.Page.ClickAsync("#live-start");

        await Assertions.Expect(page.Page.Locator("#live-start")).ToHaveTextAsync("Start speaking");
        Assert.Empty(page.Errors);
    }

    private static Task<string> PictureAsync(TestPage page) => page.Page.EvaluateAsync<string>("() => document.getElementById('pose-canvas').toDataURL()");
}

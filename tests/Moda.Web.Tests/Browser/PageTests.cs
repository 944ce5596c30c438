using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Moda.Web.Tests.Browser;

/// <summary>All pages: accessible, at a phone's width, light and dark. Where MODA_TEST_SCREENSHOTS names a folder, pictures of them are put there.</summary>
public sealed class PageTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("MODA_TEST_SCREENSHOTS");

    [Theory]
    [InlineData("generate", 1280, ColorScheme.Light)]
    [InlineData("generate", 1280, ColorScheme.Dark)]
    [InlineData("generate", 360, ColorScheme.Light)]
    [InlineData("video", 1280, ColorScheme.Light)]
    [InlineData("video", 360, ColorScheme.Dark)]
    [InlineData("pose", 1280, ColorScheme.Dark)]
    [InlineData("pose", 360, ColorScheme.Light)]
    [InlineData("live", 1280, ColorScheme.Light)]
    [InlineData("live", 360, ColorScheme.Dark)]
    public async Task A_page_is_accessible_and_fits_its_width(string part, int width, ColorScheme scheme)
    {
        await using TestPage page = await fixture.OpenAsync(hash: "#" + part, width: width, scheme: scheme);
        await page.Page.Locator("#engine:has-text('cpu')").WaitForAsync();
        await CheckAsync(page, $"{part}-{width}-{scheme}-empty");
        if (part == "video")
        {
            await ChooseForVideosAsync(page, $"{part}-{width}-{scheme}-dub");
        }

        await page.ChoosePortraitAsync("#" + part);
        if (part == "generate")
        {
            await page.ChooseVoiceAsync(2);
            await page.Page.ClickAsync("#generate summary");
        }
        else if (part == "pose")
        {
            await page.Page.Locator("#pose-canvas[data-shown]").WaitForAsync();
        }

        await CheckAsync(page, $"{part}-{width}-{scheme}".ToLowerInvariant());
    }

    [Fact]
    public async Task The_theme_can_be_switched_and_is_remembered()
    {
        await using TestPage page = await fixture.OpenAsync();
        await page.Page.ClickAsync("#theme");
        Assert.Equal("dark", await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).colorScheme"));
        await page.Page.ReloadAsync();
        Assert.Equal("dark", await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).colorScheme"));
    }

    // The dub is checked on the way; the drive is what is left on the page.
    private static async Task ChooseForVideosAsync(TestPage page, string name)
    {
        await page.ChooseClipAsync("dub");
        await page.ChooseVoiceAsync(2, "#video");
        await page.Page.ClickAsync("#video [data-mode=dub] summary");
        await CheckAsync(page, name.ToLowerInvariant());
        await page.Page.CheckAsync("#video [name=mode][value=drive]");
        await page.ChooseClipAsync("drive");
        await page.Page.ClickAsync("#video [data-mode=drive] summary");
    }

    private static async Task CheckAsync(TestPage page, string name)
    {
        if (Screenshots is not null)
        {
            await page.Page.EvaluateAsync("() => scrollTo(0, 0)");
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, name + ".png") });
        }

        AxeResult result = await page.Page.RunAxe();
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(one => $"{one.Id}: {one.Help}: {string.Join(" | ", one.Nodes.Select(node => node.Html))}")));
        int overflow = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"The page is {overflow} pixels too wide.");
        Assert.Empty(page.Errors);
    }
}

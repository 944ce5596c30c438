using Microsoft.Playwright;
using Xunit;

namespace Moda.Web.Tests.Browser;

/// <summary>A Chromium with a camera and a microphone that do not exist, and a service whose videos are made by a script.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Programs =
    [
        "/usr/bin/chromium", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Why there is no browser; null where there is one.</summary>
    public string? Missing { get; private set; }

    internal TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(Programs, File.Exists) is not { } program)
        {
            Missing = "there is no Chromium: install it, on Debian by 'apt-get install chromium'";
            return;
        }

        Server = await TestServer.StartAsync("Service:UploadsPerMinute=1000");
        playwright = await Playwright.CreateAsync();

        // Videos are encoded on the same machine.
        Assertions.SetDefaultExpectTimeout(20_000);
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    /// <summary>Opens the page in a window of its own.</summary>
    /// <param name="server">Whose page.</param>
    /// <param name="hash">Which part.</param>
    /// <param name="width">The window's width.</param>
    /// <param name="height">The window's height.</param>
    /// <param name="scheme">Light or dark.</param>
    internal async Task<TestPage> OpenAsync(
        TestServer? server = null, string hash = "#generate", int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(Missing is not null, Missing ?? string.Empty);
        IBrowserContext context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (server ?? Server).Address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            Permissions = ["camera", "microphone"],
        });
        context.SetDefaultTimeout(30_000);
        var page = new TestPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync("/" + hash);
        return page;
    }
}

/// <summary>A page in a window of its own, which notes what goes wrong in it.</summary>
internal sealed class TestPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> errors = [];

    public TestPage(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.PageError += (_, error) => Add(error);
        page.Console += (_, message) =>
        {
            // Problems that the page shows are logged by the browser too.
            if (message.Type == "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal))
            {
                Add(message.Text);
            }
        };
        page.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme is "http" or "https" or "ws" && address.Authority != new Uri(page.Url).Authority && page.Url != "about:blank")
            {
                Add($"It asks another host: {request.Url}");
            }
        };
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Errors of scripts, refusals of the content security policy, and requests to other hosts.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (errors)
            {
                return [.. errors];
            }
        }
    }

    /// <summary>Chooses the test's portrait and waits until its face is drawn.</summary>
    public async Task ChoosePortraitAsync(string part = "#generate")
    {
        await Page.SetInputFilesAsync($"{part} moda-portrait input", new FilePayload { Name = "portrait.png", MimeType = "image/png", Buffer = TestMedia.Portrait });
        await Page.Locator($"{part} .face").First.WaitForAsync();
    }

    /// <summary>Chooses a tone as the voice.</summary>
    public async Task ChooseVoiceAsync(double seconds, string part = "#generate")
    {
        await Page.SetInputFilesAsync($"{part} moda-voice input[type=file]", new FilePayload { Name = "voice.wav", MimeType = "audio/wav", Buffer = TestMedia.Voice(seconds) });
        await Page.GetByText("s of voice.").WaitForAsync();
    }

    /// <summary>Chooses the clip that comes with the page, and waits until it is shown.</summary>
    /// <param name="mode">For a dub, or a drive.</param>
    public async Task ChooseClipAsync(string mode)
    {
        byte[] clip = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "wwwroot", "examples", "clip.mp4"));
        await Page.SetInputFilesAsync($"#video [data-mode={mode}] moda-clip input", new FilePayload { Name = "clip.mp4", MimeType = "video/mp4", Buffer = clip });
        await Assertions.Expect(Page.Locator($"#video [data-mode={mode}] moda-clip .status")).ToHaveTextAsync("2.0 s, 512 × 512 pixels.");
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Add(string error)
    {
        lock (errors)
        {
            errors.Add(error);
        }
    }
}

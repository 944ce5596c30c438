using System.Text.RegularExpressions;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Web.Tests.Docs;

/// <summary>docs/service.md says what is so.</summary>
public sealed partial class ServicePageTests
{
    private const string UsualAddress = "http://127.0.0.1:7860";

    private static readonly string Page = File.ReadAllText(Path.Combine(TestData.Repository, "docs", "service.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_lines_run_as_they_stand()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        Assert.SkipWhen(OperatingSystem.IsWindows() || !File.Exists("/usr/bin/curl"), "there is no shell with curl");
        await using TestServer server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("portrait.png"), TestMedia.Portrait, Token);
        await File.WriteAllBytesAsync(folder.File("voice.wav"), TestMedia.Voice(), Token);
        await File.WriteAllBytesAsync(folder.File("clip.mp4"), await TestMedia.VideoAsync(frames: 3), Token);
        string[] blocks = [.. ShellBlock().Matches(Page).Select(block => block.Groups[1].Value)];
        Assert.NotEmpty(blocks);

        string script = string.Join('\n', blocks).Replace(UsualAddress, server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
        await Shell.RunAsync(folder.Path, "bash", "-euo", "pipefail", "-c", script);

        Assert.Equal(100, new FileInfo(folder.File("beginning.bin")).Length);
        Assert.True(new FileInfo(folder.File("talking.mp4")).Length > 1000);
        Assert.True(new FileInfo(folder.File("stream.mp4")).Length > 1000);
    }

    [Fact]
    public void Every_option_and_every_code_is_described()
    {
        string[] options = [.. typeof(Configuration.ServiceOptions).GetProperties().Select(property => property.Name)];
        Assert.All(options, option => Assert.Contains($"`{option}`", Page, StringComparison.Ordinal));
        string[] codes =
        [
            .. from file in Directory.EnumerateFiles(Path.Combine(TestData.Repository, "apps", "moda-web"), "*.cs", SearchOption.AllDirectories)
               where !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
               from Match match in Code().Matches(File.ReadAllText(file))
               select match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value,
        ];
        Assert.True(codes.Length > 20, $"Only {codes.Length} codes were found.");
        Assert.All(codes.Distinct(), code => Assert.Contains($"`{code}`", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_short_option_is_described_and_in_the_help() => Assert.All(WebService.ShortOptions.Keys, option =>
    {
        Assert.Contains($"`{option}`", Page, StringComparison.Ordinal);
        Assert.Contains($"  {option} ", WebService.Help, StringComparison.Ordinal);
    });

    [Fact]
    public async Task The_http_file_has_every_route()
    {
        string requests = await File.ReadAllTextAsync(Path.Combine(TestData.Repository, "docs", "service.http"), Token);
        await using TestServer server = await TestServer.StartAsync();
        foreach (System.Text.Json.JsonProperty path in (await server.Client.GetJsonAsync("/openapi/v1.json")).GetProperty("paths").EnumerateObject())
        {
            foreach (System.Text.Json.JsonProperty method in path.Value.EnumerateObject())
            {
                Assert.Contains($"{method.Name.ToUpperInvariant()} {{{{host}}}}{path.Name.Replace("{id}", "{{id}}", StringComparison.Ordinal)}", requests, StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    // Codes stand in calls of ApiException and in lists of codes with their texts.
    [GeneratedRegex("""(?:Unusable|TooMany|ApiException)\((?:\s*StatusCodes\.\w+,)?\s*"([a-z_]+)"|=> \("([a-z_]+)",""")]
    private static partial Regex Code();
}

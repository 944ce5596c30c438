using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Moda.Testing;
using Moda.Web.Jobs;

namespace Moda.Web.Tests;

/// <summary>
/// The service with the open checkpoint on a port of its own, asked over real HTTP. A frame of the engine takes a second on a small machine, so most
/// tests have their videos made by a <see cref="ScriptedKind"/>, which is quick, or waits where it is told to.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder? ownFolder;
    private readonly WebApplication app;

    private TestServer(TemporaryFolder? ownFolder, string dataFolder, WebApplication app, VideoScript script)
    {
        Script = script;
        this.ownFolder = ownFolder;
        this.app = app;
        DataFolder = dataFolder;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = CreateClient();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its data folder.</summary>
    public string DataFolder { get; }

    /// <summary>Asks it.</summary>
    public HttpClient Client { get; }

    /// <summary>Its parts.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>How its videos are made.</summary>
    public VideoScript Script { get; }

    /// <summary>Starts one whose videos are made by a script.</summary>
    /// <param name="options">Options as "Section:Name=value".</param>
    public static Task<TestServer> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        return StartAsync(folder, folder.Path, isScripted: true, options);
    }

    /// <summary>Starts one whose videos are made by the engine. Voices may be a frame long.</summary>
    /// <param name="options">Options as "Section:Name=value".</param>
    public static Task<TestServer> StartEngineAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        return StartAsync(folder, folder.Path, isScripted: false, ["Service:ShortestVoiceSeconds=0.04", .. options]);
    }

    /// <summary>Starts one on a data folder that is kept, whose videos are made by a script.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="options">Options as "Section:Name=value".</param>
    public static Task<TestServer> StartOnAsync(string dataFolder, params string[] options) => StartAsync(null, dataFolder, isScripted: true, options);

    /// <summary>The command line of a service for tests.</summary>
    public static string[] Arguments(string dataFolder, params string[] options) =>
        ["--urls", "http://127.0.0.1:0", "--device", "cpu", "--threads", "2", "--data", dataFolder, .. options.Select(option => "--" + option)];

    /// <summary>Another client of it.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, UseCookies = false }) { BaseAddress = Address };

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        ownFolder?.Dispose();
    }

    private static async Task<TestServer> StartAsync(TemporaryFolder? folder, string dataFolder, bool isScripted, string[] options)
    {
        var script = new VideoScript();
        WebApplication app = WebService.Build(Arguments(dataFolder, ["Logging:LogLevel:Default=Warning", "Logging:LogLevel:Microsoft.Hosting.Lifetime=Warning", .. options]), builder =>
        {
            if (isScripted)
            {
                foreach (ServiceDescriptor kind in builder.Services.Where(service => service.ServiceType == typeof(IVideoKind)).ToArray())
                {
                    builder.Services.Remove(kind);
                    builder.Services.AddSingleton<IVideoKind>(
                        provider => new ScriptedKind((IVideoKind)ActivatorUtilities.CreateInstance(provider, kind.ImplementationType!), script));
                }
            }
        });
        await app.StartAsync();
        return new TestServer(folder, dataFolder, app, script);
    }
}

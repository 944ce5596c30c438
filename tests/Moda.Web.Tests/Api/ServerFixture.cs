using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>A service that the tests of a class share.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    internal TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync("Service:UploadsPerMinute=1000", "Moda:MaxConcurrent=2");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>Tests of one service over HTTP.</summary>
/// <param name="fixture">The service.</param>
public abstract class ServerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TestServer Server => fixture.Server;

    private protected HttpClient Client => Server.Client;
}

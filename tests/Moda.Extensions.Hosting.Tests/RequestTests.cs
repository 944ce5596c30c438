using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Audio;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Tests that send one request to clients that make no video of it.</summary>
public abstract class RequestTests : IAsyncLifetime
{
    private SoundTrack voice = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TalkingHeadRequest Request { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        voice = await TestRequests.VoiceAsync();
        Request = new TalkingHeadRequest(TestRequests.Picture, voice);
    }

    public async ValueTask DisposeAsync()
    {
        await voice.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

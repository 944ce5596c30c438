using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>An engine with one place for live clips and a portrait, for each test its own.</summary>
public abstract class EngineTests : IAsyncLifetime
{
    /// <summary>Frames of a clip that is read to its end, where their number does not matter.</summary>
    private protected const int Frames = 1;

    private protected TalkingHeadEngine engine = null!;
    private protected PreparedPortrait portrait = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        engine = await TestEngines.LoadAsync(new EngineOptions { LiveClips = 1 });
        portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
    }

    public async ValueTask DisposeAsync()
    {
        portrait.Dispose();
        await engine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected TalkingClip Speak(int frames = Frames) =>
        engine.Speak(portrait, TestEngines.Voice(frames), TestEngines.Options());
}

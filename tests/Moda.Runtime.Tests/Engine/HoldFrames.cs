using Moda.Runtime.Imaging;
using Moda.Runtime.Observation;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Holds the thread that renders a clip's frame.</summary>
internal sealed class HoldFrames : ClipObserver, IDisposable
{
    /// <summary>Set when the thread is held.</summary>
    public ManualResetEventSlim Reached { get; } = new();

    /// <summary>Lets it go on.</summary>
    public ManualResetEventSlim Go { get; } = new();

    public override void ReceiveCrop(int frame, RgbImage crop)
    {
        Reached.Set();
        Go.Wait(CancellationToken.None);
    }

    public void Dispose()
    {
        Reached.Dispose();
        Go.Dispose();
    }
}

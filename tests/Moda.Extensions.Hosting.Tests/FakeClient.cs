using System.Runtime.CompilerServices;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>A client that makes black frames, and fails where it is told to.</summary>
internal sealed class FakeClient : ITalkingHeadClient
{
    public const int Frames = 3;

    private static readonly byte[] Pixels = new byte[4 * 2 * 3];

    public Exception? Failure { get; init; }

    /// <summary>The frame before which it fails; 0 for the first.</summary>
    public int FailsAt { get; init; }

    public bool IsDisposed { get; private set; }

    public async Task<TalkingHeadVideoSummary> WriteVideoAsync(
        TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        int frames = 0;
        await foreach (VideoFrame frame in GetFramesAsync(request, cancellationToken))
        {
            await destination.WriteAsync(frame.Pixels, cancellationToken);
            frames++;
        }

        return new TalkingHeadVideoSummary(new VideoFormat(4, 2, 25), frames, "video/mp4");
    }

    public async IAsyncEnumerable<VideoFrame> GetFramesAsync(
        TalkingHeadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int n = 0; n < Frames; n++)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (Failure is not null && n == FailsAt)
            {
                throw Failure;
            }

            yield return new VideoFrame(n, TimeSpan.FromSeconds(n / 25.0), 4, 2, Pixels);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(TalkingHeadClientMetadata) ? new TalkingHeadClientMetadata("moda", "tiny")
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => IsDisposed = true;
}

using System.Diagnostics.CodeAnalysis;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// Finds faces for an engine. It has a queue of the device of its own, which it opens with the first picture. Pictures take turns, and no
/// thread is blocked while one waits. Several threads may call it at once.
/// </summary>
/// <param name="device">The engine's device.</param>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks the semaphore for a handle, and the cancellation source has no timer or parent: nothing is to be released.")]
internal sealed class FaceWorker(Device device)
{
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource stop = new();
    private FaceAnalyzer? analyzer;

    /// <summary>Finds all faces of a picture.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<IReadOnlyList<DetectedFace>> FindAsync(RgbImage image, CancellationToken cancellationToken) =>
        RunAsync((finder, token) => finder.Analyze(image, token), cancellationToken);

    /// <summary>Finds the face of a picture.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not the one that was chosen, or too small a one.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<Portrait> CreatePortraitAsync(
        RgbImage image, FaceChoice face, PortraitOptions? options, CancellationToken cancellationToken) =>
        RunAsync((finder, token) => Portrait.Create(image, finder, face, options, token), cancellationToken);

    /// <summary>Finds several faces of a picture.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="selection">Which faces.</param>
    /// <param name="options">How large frames may be and how faces are framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not all that were chosen, or too small a one.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<IReadOnlyList<Portrait>> CreatePortraitsAsync(
        RgbImage image, FaceSelection selection, PortraitOptions? options, CancellationToken cancellationToken) =>
        RunAsync((finder, token) => Portrait.CreateAll(image, finder, selection, options, token), cancellationToken);

    /// <summary>Begins to follow faces through a video.</summary>
    /// <param name="create">Makes the tracker.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<FaceTracker> BeginTrackingAsync(Func<FaceAnalyzer, FaceTracker> create, CancellationToken cancellationToken) =>
        RunAsync((finder, _) => create(finder), cancellationToken);

    /// <summary>Finds the faces in the next frame.</summary>
    /// <param name="tracker">One of this worker's.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The landmarks of each face; null for one that is not there.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<IReadOnlyList<FaceLandmarks?>> TrackAsync(FaceTracker tracker, RgbImage frame, CancellationToken cancellationToken) =>
        RunAsync((_, token) => tracker.Next(frame, token), cancellationToken);

    /// <summary>Ends the running search at its next op and refuses others. Then releases the queue.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);

        // The turn is never given back: nobody searches any more.
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        analyzer?.Dispose();
    }

    private async Task<TResult> RunAsync<TResult>(Func<FaceAnalyzer, CancellationToken, TResult> work, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        try
        {
            await turn.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => work(analyzer ??= new FaceAnalyzer(device), either.Token), either.Token).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Scheduler.EngineDisposed();
        }
    }
}

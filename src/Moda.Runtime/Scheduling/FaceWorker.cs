using System.Diagnostics.CodeAnalysis;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
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

    /// <summary>Finds the face of a picture.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not the one that was chosen, or too small a one.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<Portrait> CreatePortraitAsync(
        RgbImage image, FaceChoice face, PortraitOptions? options, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        try
        {
            await turn.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                return await Task.Run(
                    () => Portrait.Create(image, analyzer ??= new FaceAnalyzer(device), face, options, either.Token), either.Token).ConfigureAwait(false);
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

    /// <summary>Ends the running search at its next op and refuses others. Then releases the queue.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);

        // The turn is never given back: nobody searches any more.
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        analyzer?.Dispose();
    }
}

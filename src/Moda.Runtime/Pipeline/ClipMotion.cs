using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Moda.Runtime.Motion;

namespace Moda.Runtime;

/// <summary>Frames of a clip's motion that are final.</summary>
/// <param name="Motion">Denormalised.</param>
/// <param name="Driving">As many frames: where the portrait's keypoints go.</param>
internal readonly record struct MotionPiece(MotionSequence Motion, DrivingKeypoints Driving);

/// <summary>
/// The motion of a clip, generated piece by piece: when frames behind those that are there are asked for or, on its own thread,
/// somewhat ahead of that. What has been generated is kept. One thread at a time asks.
/// </summary>
internal sealed class ClipMotion : IAsyncDisposable
{
    /// <summary>Pieces that may be ready before they are asked for.</summary>
    private const int PiecesAhead = 2;

    private readonly CancellationTokenSource stop;
    private readonly IAsyncEnumerator<MotionPiece> pieces;
    private readonly List<MotionPiece> generated = [];
    private readonly List<int> ends = [];
    private ExceptionDispatchInfo? failure;

    /// <summary>Begins nothing yet.</summary>
    /// <param name="generate">Generates the pieces in their order, until it is cancelled.</param>
    /// <param name="runsAhead">Whether a thread of its own does so.</param>
    /// <param name="cancellationToken">Stops the generation.</param>
    public ClipMotion(Func<CancellationToken, IAsyncEnumerable<MotionPiece>> generate, bool runsAhead, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        pieces = (runsAhead ? RunAhead(generate, stop.Token) : generate(stop.Token)).GetAsyncEnumerator(stop.Token);
    }

    /// <summary>Whether all of it is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Frames that are there.</summary>
    public int Frames => ends.Count == 0 ? 0 : ends[^1];

    /// <summary>The motion that is there, denormalised.</summary>
    public MotionSequence Motion => MotionSequence.Join([.. generated.Select(piece => piece.Motion)]);

    /// <summary>Where the portrait's keypoints go in the frames that are there.</summary>
    public DrivingKeypoints Driving => DrivingKeypoints.Join([.. generated.Select(piece => piece.Driving)]);

    /// <summary>Generates until a frame is there.</summary>
    /// <param name="frame">Which.</param>
    /// <param name="cancellationToken">Stops the generation for good.</param>
    /// <returns>False where the motion ends before that frame.</returns>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
    public async ValueTask<bool> ReachAsync(int frame, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(stop.Cancel);
        while (frame >= Frames && !IsComplete)
        {
            // A generation that has failed would seem complete when it is asked again.
            failure?.Throw();
            try
            {
                await AdvanceAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
                throw;
            }
        }

        return frame < Frames;
    }

    /// <summary>Copies the keypoints of a frame that is there.</summary>
    /// <param name="frame">Which.</param>
    /// <param name="keypoints">[21, 3].</param>
    public void CopyDriving(int frame, Span<float> keypoints)
    {
        int place = ends.BinarySearch(frame + 1);
        int piece = place < 0 ? ~place : place;
        generated[piece].Driving[frame - (piece == 0 ? 0 : ends[piece - 1])].CopyTo(keypoints);
    }

    /// <summary>Stops the generation and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await pieces.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private async ValueTask AdvanceAsync()
    {
        if (await pieces.MoveNextAsync().ConfigureAwait(false))
        {
            generated.Add(pieces.Current);
            ends.Add(Frames + pieces.Current.Motion.Frames);
        }
        else
        {
            IsComplete = true;
        }
    }

    private static async IAsyncEnumerable<MotionPiece> RunAhead(
        Func<CancellationToken, IAsyncEnumerable<MotionPiece>> generate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = Channel.CreateBounded<MotionPiece>(PiecesAhead);
        Task generation = Task.Run(() => FillAsync(generate(abandoned.Token), ready.Writer, abandoned.Token), CancellationToken.None);
        try
        {
            await foreach (MotionPiece piece in ready.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return piece;
            }
        }
        finally
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
            await generation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FillAsync(
        IAsyncEnumerable<MotionPiece> pieces, ChannelWriter<MotionPiece> ready, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (MotionPiece piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await ready.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }

            ready.Complete();
        }
        catch (Exception exception)
        {
            ready.Complete(exception);
        }
    }
}

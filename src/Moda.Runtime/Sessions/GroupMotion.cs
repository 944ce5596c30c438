using System.Runtime.CompilerServices;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// The motion of several faces of one picture: each is generated from its own voice, all at once, and their frames are put together. Its
/// faces are pasted in their order.
/// </summary>
/// <param name="faces">The motion of each face; at least one.</param>
/// <param name="times">Where their stages are timed.</param>
internal sealed class GroupMotion(IReadOnlyList<ClipMotion> faces, StageTimes times) : IFrameSource
{
    /// <inheritdoc/>
    public StageTimes Times => times;

    /// <inheritdoc/>
    public long HostBytes => faces.Sum(face => face.HostBytes);

    /// <inheritdoc/>
    public int? FrameCount => faces[0].FrameCount;

    /// <inheritdoc/>
    public bool HasAllMotion => false;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => GenerationOptions.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => faces[0].FramesAhead;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // All faces have as many frames, so that one of them tells how far they have come.
        FaceFrames[] each = [.. faces.Select((face, number) =>
            new FaceFrames(face.GenerateAsync(clip, number == 0 ? progress : null, together.Token), together))];
        try
        {
            while (true)
            {
                // The first failure is thrown; it has ended the others, and none of them goes on when this does.
                await Task.WhenAll(each.Where(face => face.Waiting.Count == 0).Select(face => face.AdvanceAsync())).ConfigureAwait(false);
                int count = each.Min(face => face.Waiting.Count);
                if (count == 0)
                {
                    yield break;
                }

                yield return Join(each, count);
            }
        }
        finally
        {
            foreach (FaceFrames face in each)
            {
                await face.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static DrivenFrame[] Join(FaceFrames[] each, int count)
    {
        // One array for all frames.
        var joined = new DrivenFace[count * each.Length];
        var frames = new DrivenFrame[count];
        for (int frame = 0; frame < count; frame++)
        {
            for (int face = 0; face < each.Length; face++)
            {
                joined[(frame * each.Length) + face] = each[face].Waiting.Dequeue().Faces.Span[0];
            }

            frames[frame] = new DrivenFrame(joined.AsMemory(frame * each.Length, each.Length));
        }

        return frames;
    }

    /// <summary>The frames of one face, as they come.</summary>
    private sealed class FaceFrames(IAsyncEnumerable<IReadOnlyList<DrivenFrame>> pieces, CancellationTokenSource together) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<IReadOnlyList<DrivenFrame>> pieces = pieces.GetAsyncEnumerator(CancellationToken.None);

        /// <summary>Frames that the other faces are not ready for.</summary>
        public Queue<DrivenFrame> Waiting { get; } = new();

        /// <summary>Waits for the next piece, if there is one. A failure ends the other faces.</summary>
        public async Task AdvanceAsync()
        {
            try
            {
                while (Waiting.Count == 0 && await pieces.MoveNextAsync().ConfigureAwait(false))
                {
                    foreach (DrivenFrame frame in pieces.Current)
                    {
                        Waiting.Enqueue(frame);
                    }
                }
            }
            catch
            {
                await together.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }

        public ValueTask DisposeAsync() => pieces.DisposeAsync();
    }
}

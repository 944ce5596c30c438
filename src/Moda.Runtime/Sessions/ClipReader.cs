using System.Runtime.CompilerServices;
using Moda.Runtime.Imaging;
using Moda.Runtime.Progress;

namespace Moda.Runtime.Sessions;

/// <summary>Reads a clip's frames in their order. The clip begins with the first read and ends with the last.</summary>
/// <param name="session">The clip.</param>
/// <param name="progress">Told of each frame before it is given out; null where nobody is told.</param>
internal sealed class ClipReader(ClipSession session, IProgress<GenerationProgress>? progress)
{
    /// <summary>Makes the clip and reads its frames. Once only.</summary>
    /// <param name="cancellationToken">Ends the clip.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for.</returns>
    public async IAsyncEnumerable<VideoFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        session.Begin();
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            state => ((ClipSession)state!).End(new OperationCanceledException(cancellationToken)), session);
        await using ConfiguredAsyncDisposable unregistering = registration.ConfigureAwait(false);
        try
        {
            await session.StartAsync().ConfigureAwait(false);
            for (FrameRead read = session.Read(out RenderedFrame frame); read != FrameRead.End; read = session.Read(out frame))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (read == FrameRead.Later)
                {
                    await session.ArrivalAsync().ConfigureAwait(false);
                    continue;
                }

                progress?.Report(new GenerationProgress(GenerationStage.RenderingFrames, frame.Index + 1, session.FrameCount ?? 0));
                yield return new VideoFrame(
                    frame.Index,
                    frame.Timestamp,
                    session.FrameWidth,
                    session.FrameHeight,
                    frame.Pixels);
                session.Return(frame);
            }
        }
        finally
        {
            await session.EndAsync(new OperationCanceledException("The clip was left before its end.")).ConfigureAwait(false);
        }
    }
}

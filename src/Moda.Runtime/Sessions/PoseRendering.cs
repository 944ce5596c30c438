using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// Single pictures of posed faces. They are jobs of the engine's threads, which are done before batches of clips: whoever moves a slider
/// waits for the batch at hand at the most.
/// </summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="renderWork">What the threads of the render workers have to do.</param>
internal sealed class PoseRendering(SessionContext context, IReadOnlyList<ThreadWork> renderWork)
{
    private uint asked;

    /// <summary>Renders one picture.</summary>
    /// <param name="portrait">The portrait; leased for as long as this takes.</param>
    /// <param name="pose">The sliders.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the waiting at once, and the work at its next op.</param>
    public async Task<RgbImage> RenderAsync(LoadedPortrait portrait, FacePose pose, PoseOptions options, CancellationToken cancellationToken)
    {
        float[] keypoints = await context.OnMotionWorkerAsync(
            (_, _) =>
            {
                float[] placed = new float[MotionLayout.KeypointLength];
                portrait.Posed.Place(pose, context.Stitching, options.Stitching, placed);
                return placed;
            },
            cancellationToken).ConfigureAwait(false);
        var buffers = new FrameBuffers(portrait.Portrait, options.PasteBack);
        var frame = new FrameOrder(Index: 0, portrait, keypoints, options.PasteBack, buffers.Create(), IsOfVideo: false, Observer: null);

        // In turn, so that one worker copies and pastes a picture while another renders the next.
        ThreadWork thread = renderWork[(int)(Interlocked.Increment(ref asked) % (uint)renderWork.Count)];
        await context.Scheduler.RunAsync(
            thread,
            (own, cancellation) =>
            {
                own.Render!.Render([frame], cancellation);
                if (!own.Render.Read(place: 0, frame))
                {
                    own.Render.Paste(place: 0, frame, cancellation);
                }

                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return new RgbImage(buffers.Width, buffers.Height, frame.Pixels);
    }
}

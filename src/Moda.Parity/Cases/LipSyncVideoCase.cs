using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>
/// A video whose lips follow a voice: each frame is cut out, read, driven, rendered and pasted back as a dub does it. The voice's motion is
/// the case's.
/// </summary>
internal sealed class LipSyncVideoCase : IParityCase
{
    public string Kind => "lip_sync_video";

    // As in a case 'e2e', keypoints are read from crops that the reference cuts out in fixed point.
    public double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-3 : 2e-2;

    public ImageRequirement? ImageRequirement(string output) =>
        output.StartsWith("frame", StringComparison.Ordinal) ? Cases.ImageRequirement.Rendered
        : output.StartsWith("crop256", StringComparison.Ordinal) ? Cases.ImageRequirement.Sampled
        : null;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference) =>
        ComputeAsync(device, reference).GetAwaiter().GetResult();

    private static async Task<IReadOnlyDictionary<string, HostTensor>> ComputeAsync(Device device, ReferenceCase reference)
    {
        // The engine disposes its device: it gets a queue of the caller's.
        TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(reference.Weights, device.CreateQueue()).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = engine.ConfigureAwait(false);
        var video = new CaseVideo(reference);
        var images = new LipSyncObserver(reference);
        GenerationOptions options = new DubbingOptions().Generation with { Observer = images };
        using PreparedPortrait first = await engine.PrepareAsync(video.Face(0)).ConfigureAwait(false);
        CaseLips? lips = null;
        await using TalkingClip clip = engine.Render(
            [first.Lease()],
            video,
            context => lips = new CaseLips(video, MotionInputs.Sequence(reference, "audio"), options.Driving, context.Stitching),
            options,
            progress: null);
        await foreach (VideoFrame frame in clip.WithCancellation(CancellationToken.None).ConfigureAwait(false))
        {
            images.ReceiveFrame(frame);
        }

        Dictionary<string, HostTensor> outputs = LipSyncMotion.Compute(device, reference, lips!.Source);
        foreach ((string name, HostTensor output) in images.Outputs.Concat(lips.ToOutputs()))
        {
            outputs[name] = output;
        }

        return outputs;
    }
}

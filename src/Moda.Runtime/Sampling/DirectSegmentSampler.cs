using Moda.Kernels;
using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>Samples the segments of one clip on the thread that asks, on a device that nobody else uses meanwhile.</summary>
internal sealed class DirectSegmentSampler : ISegmentSampler, IDisposable
{
    private readonly SamplingPass sampler;

    /// <summary>Plans the forwards of one segment.</summary>
    /// <param name="device">The device that holds the network's parameters.</param>
    /// <param name="network">The network.</param>
    /// <param name="nullAudio">What stands for the audio embedding where there is no audio.</param>
    /// <param name="kind">The kind of the segments to come.</param>
    public DirectSegmentSampler(Device device, MotionGenerator network, NullAudio nullAudio, SamplingKind kind)
    {
        Plan = new SegmentPlan(network.Frames);
        sampler = new SamplingPass(device, network, nullAudio, kind, clips: 1);
    }

    /// <inheritdoc/>
    public SegmentPlan Plan { get; }

    /// <inheritdoc/>
    public Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken)
    {
        sampler.Run([segment], cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => sampler.Dispose();
}

using System.Collections.Concurrent;
using System.Globalization;
using Moda.Runtime.Imaging;
using Moda.Runtime.Observation;

namespace Moda.Parity.Cases;

/// <summary>Keeps the images of a case <c>lip_sync_video</c>.</summary>
/// <param name="reference">The case: which frames it has, and which rows and columns of crops it keeps.</param>
internal sealed class LipSyncObserver(ReferenceCase reference) : ClipObserver
{
    private readonly int cropStride = reference.Number("frame512_stride");

    public override IReadOnlySet<int> Frames { get; } = KeptFrames.Of(reference);

    /// <summary>Rendered crops and finished frames, by the names that the case gives them.</summary>
    public ConcurrentDictionary<string, HostTensor> Outputs { get; } = [];

    public override void ReceiveCrop(int frame, ReadOnlySpan<byte> crop, int side) =>
        Outputs[string.Create(CultureInfo.InvariantCulture, $"frame512.{frame}")] = ImageValues.Thin(crop, side, side, cropStride);

    /// <summary>Receives a frame of the finished clip.</summary>
    public void ReceiveFrame(VideoFrame frame) =>
        Outputs[string.Create(CultureInfo.InvariantCulture, $"frame.{frame.Index}")] =
            ImageValues.ToHostTensor(frame.Pixels.Span, frame.Height, frame.Width, RgbImage.Channels);
}

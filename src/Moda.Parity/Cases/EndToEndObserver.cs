using System.Globalization;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Observation;

namespace Moda.Parity.Cases;

/// <summary>Keeps what the stages of an end-to-end case compute, under the names that the case gives them.</summary>
/// <param name="reference">The case: which frames it has, and which rows, columns and frames it keeps.</param>
internal sealed class EndToEndObserver(ReferenceCase reference) : ClipObserver
{
    private readonly int pixelStride = reference.Number("frame_stride");
    private readonly Dictionary<string, HostTensor> outputs = [];
    private readonly Lock gate = new();
    private float[] embedding = [];

    public override IReadOnlySet<int> Frames { get; } = KeptFrames.Of(reference);

    /// <summary>The outputs that were received, once the clip has ended.</summary>
    public Dictionary<string, HostTensor> ToOutputs()
    {
        outputs["audio_embedding"] = EveryFrame(embedding, outputs["motion"].Extents[0], reference.Number("embedding_stride"));
        return outputs;
    }

    public override void ReceiveSourceKeypoints(ReadOnlySpan<float> keypoints) => Keep("x_s", keypoints, 1, MotionLayout.KeypointCount, 3);

    public override void ReceivePreviousMotion(ReadOnlySpan<float> motion, float rescaleRatio)
    {
        Keep("prev_motion", motion, 1, 1, MotionLayout.Width);
        Keep("rescale_ratio", [rescaleRatio], 1, 1);
    }

    public override void ReceiveAudioEmbedding(ReadOnlySpan<float> embedding) => this.embedding = embedding.ToArray();

    public override void ReceiveSampledMotion(ReadOnlySpan<float> motion) => KeepMotion("motion", motion);

    public override void ReceiveModulatedMotion(ReadOnlySpan<float> motion) => KeepMotion("modulated", motion);

    public override void ReceiveDrivingKeypoints(ReadOnlySpan<float> keypoints) =>
        Keep("x_d", keypoints, keypoints.Length / MotionLayout.KeypointLength, MotionLayout.KeypointCount, 3);

    public override void ReceiveCrop(int frame, ReadOnlySpan<byte> crop, int side) => KeepImage("frame512", frame, crop, side, side);

    /// <summary>Receives a frame of the finished clip.</summary>
    public void ReceiveFrame(VideoFrame frame) => KeepImage("frame", frame.Index, frame.Pixels.Span, frame.Height, frame.Width);

    private void KeepMotion(string name, ReadOnlySpan<float> motion) => Keep(name, motion, motion.Length / MotionLayout.Width, MotionLayout.Width);

    private void Keep(string name, ReadOnlySpan<float> values, params int[] extents) => Keep(name, new HostTensor(values.ToArray(), extents));

    private void KeepImage(string prefix, int index, ReadOnlySpan<byte> pixels, int height, int width) => Keep(
        string.Create(CultureInfo.InvariantCulture, $"{prefix}.{index}"), ImageValues.Thin(pixels, height, width, pixelStride));

    // Stages run on several threads.
    private void Keep(string name, HostTensor output)
    {
        lock (gate)
        {
            outputs[name] = output;
        }
    }

    // [frames, channels] to every stride-th frame.
    private static HostTensor EveryFrame(float[] values, int frames, int stride)
    {
        int channels = values.Length / frames;
        int kept = (frames + stride - 1) / stride;
        float[] thinned = new float[kept * channels];
        for (int frame = 0; frame < kept; frame++)
        {
            values.AsSpan(frame * stride * channels, channels).CopyTo(thinned.AsSpan(frame * channels));
        }

        return new HostTensor(thinned, [kept, channels]);
    }
}

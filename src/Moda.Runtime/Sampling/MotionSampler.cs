using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Samples segments of motion by flow matching with classifier-free guidance (<c>MotionDiffusion.sample_subclip</c>). All steps of a
/// segment are one planned forward; what depends on the clip only is another, which runs once.
/// </summary>
public sealed class MotionSampler : IDisposable
{
    // Of the numbers that stand for a missing null_audio_feat; segments have the streams from 0 upwards.
    private const ulong NullAudioStream = ulong.MaxValue;

    private readonly Device device;
    private readonly MotionGenerator network;
    private readonly FlowMatchScheduler scheduler;
    private readonly float guidanceScale;
    private readonly int audioLayers;
    private readonly ForwardPass<ClipPorts> clip;
    private readonly ForwardPass<SegmentPorts> segment;

    /// <summary>Plans both forwards and writes what never changes.</summary>
    /// <param name="device">The device that holds the network's parameters.</param>
    /// <param name="network">The network.</param>
    /// <param name="options">Steps and guidance.</param>
    /// <param name="nullAudio">
    /// What stands for one layer of the audio embedding where there is no audio; empty for the checkpoint's
    /// <c>null_audio_feat</c>, or, where that is missing, for numbers of a fixed seed.
    /// </param>
    /// <exception cref="ArgumentException">The network does not generate motion of 70 channels, or the null audio has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is out of range.</exception>
    public MotionSampler(Device device, MotionGenerator network, MotionSamplingOptions options, ReadOnlySpan<float> nullAudio = default)
    {
        if (network.MotionChannels != MotionLayout.Width)
        {
            throw new ArgumentException($"The network generates motion of {network.MotionChannels} channels, not {MotionLayout.Width}.", nameof(network));
        }

        this.device = device;
        this.network = network;
        scheduler = new FlowMatchScheduler(options.Steps, network.NoiseLevels);
        guidanceScale = options.GuidanceScale;
        audioLayers = options.AudioLayers;
        clip = new ForwardPass<ClipPorts>(device, PlanClip);
        segment = new ForwardPass<SegmentPorts>(device, PlanSegment);
        WriteTimeFeatures();
        WriteStepFactors();
        WriteNullAudio(nullAudio);
    }

    /// <summary>How clips are cut into segments.</summary>
    public SegmentPlan Plan => new(network.Frames);

    /// <summary>Channels A of a frame's audio embedding.</summary>
    public int AudioChannels => network.AudioChannels;

    /// <summary>Whether the null audio was drawn, since the checkpoint has none: guidance is then not quite what was trained.</summary>
    public bool NullAudioIsDrawn { get; private set; }

    private bool IsGuided => guidanceScale > 1;

    // Without guidance the speech's element only, else that without speech before it.
    private int Batch => IsGuided ? 2 : 1;

    /// <summary>Begins a clip.</summary>
    /// <param name="emotion">0 .. 8; 8 is none.</param>
    /// <param name="keypoints">The face's canonical keypoints, [21, 3].</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void BeginClip(int emotion, ReadOnlySpan<float> keypoints, CancellationToken cancellationToken = default)
    {
        MotionConditioning conditioning = clip.Ports.Conditioning;
        for (int element = 0; element < Batch; element++)
        {
            bool hasSpeech = element == Batch - 1;
            device.Write(network.EmotionEmbedding(hasSpeech ? emotion : network.Emotions - 1), conditioning.Emotion.Slice(element, 1));
            device.Write(keypoints, conditioning.Keypoints.Slice(element, 1));
        }

        clip.Run(cancellationToken);
    }

    /// <summary>Samples a segment of the clip that was begun.</summary>
    /// <param name="audio">[frames, A], of as many frames as a segment has.</param>
    /// <param name="previousMotion">[70], normalised: the frame that the segment goes on from.</param>
    /// <param name="noise">[frames, 70], standard normal.</param>
    /// <param name="motion">[frames, 70], written: normalised motion.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void SampleSegment(
        ReadOnlySpan<float> audio,
        ReadOnlySpan<float> previousMotion,
        ReadOnlySpan<float> noise,
        Span<float> motion,
        CancellationToken cancellationToken = default)
    {
        device.Write(audio, segment.Ports.Audio);
        device.Write(previousMotion, segment.Ports.PreviousMotion);
        device.Write(noise, segment.Ports.Noise);
        segment.Run(cancellationToken);
        device.Read(segment.Ports.Motion, motion);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        segment.Dispose();
        clip.Dispose();
    }

    private ClipPorts PlanClip(Workspace workspace)
    {
        MotionConditioning conditioning = network.Condition(workspace, scheduler.Steps, Batch);
        Tensor nullAudio = workspace.Allocate(1, AudioChannels);
        return new ClipPorts(conditioning, nullAudio, network.EmbedAudio(workspace, nullAudio));
    }

    private SegmentPorts PlanSegment(Workspace workspace)
    {
        const int Width = MotionLayout.Width;
        var ports = new SegmentPorts(
            Audio: workspace.Allocate(network.Frames, AudioChannels),
            PreviousMotion: workspace.Allocate(Width),
            Noise: workspace.Allocate(network.Frames, Width),
            Motion: workspace.Allocate(network.Frames, Width),
            StepFactors: workspace.AllocateCoordinates(new Shape(scheduler.Steps, Batch, 1)));
        Tensor audio = workspace.Allocate(network.Frames, Batch, network.Channels);
        network.EmbedAudio(workspace, ports.Audio, Element(audio, Batch - 1));
        if (IsGuided)
        {
            workspace.Copy(clip.Ports.NullAudioToken[0], Element(audio, 0));
        }

        Tensor input = workspace.Allocate(network.Frames, Batch, 2 * Width);
        workspace.Copy(ports.PreviousMotion, input.ChannelSlice(0, Width));
        workspace.Copy(ports.Noise, ports.Motion);
        for (int step = 0; step < scheduler.Steps; step++)
        {
            using Workspace.Scope scope = workspace.BeginScope();
            for (int element = 0; element < Batch; element++)
            {
                workspace.Copy(ports.Motion, Element(input, element).ChannelSlice(Width, Width));
            }

            Tensor velocity = network.Velocity(workspace, input, audio, clip.Ports.Conditioning, step);
            TakeStep(workspace, ports.Motion, velocity, ports.StepFactors[step]);
        }

        return ports;
    }

    // motion += size (without + guidance (with - without)), as one sum over the batch.
    private void TakeStep(Workspace workspace, Tensor motion, Tensor velocity, Tensor factors)
    {
        Tensor sum = motion.Reshape(motion.Rows, 1, motion.Channels);
        for (int element = 0; element < Batch; element++)
        {
            Tensor part = Element(velocity, element);
            workspace.AddScaled(sum, part.Reshape(part.Rows, 1, part.Channels), factors[element], output: sum);
        }
    }

    // What each element's velocity counts in a step.
    private void WriteStepFactors()
    {
        float[] factors = new float[scheduler.Steps * Batch];
        for (int step = 0; step < scheduler.Steps; step++)
        {
            float size = scheduler.StepSize(step);
            factors[step * Batch] = size * (1 - guidanceScale);
            factors[(step * Batch) + Batch - 1] = size * (IsGuided ? guidanceScale : 1);
        }

        device.Write(factors, segment.Ports.StepFactors);
    }

    private void WriteTimeFeatures()
    {
        float[] features = new float[scheduler.Steps * Batch * network.TimeFeatures];
        for (int row = 0; row < scheduler.Steps * Batch; row++)
        {
            TimestepEmbedding.Compute(scheduler.Timesteps[row / Batch], features.AsSpan(row * network.TimeFeatures, network.TimeFeatures));
        }

        device.Write(features, clip.Ports.Conditioning.TimeFeatures);
    }

    private void WriteNullAudio(ReadOnlySpan<float> given)
    {
        ReadOnlySpan<float> layer = given.IsEmpty ? network.NullAudio?.ToArray() ?? DrawNullAudio() : given;
        if (layer.Length * audioLayers != AudioChannels)
        {
            throw new ArgumentException(
                $"The null audio has {layer.Length} channels; {audioLayers} layers of it are not the {AudioChannels} of a frame.", nameof(given));
        }

        float[] frame = new float[AudioChannels];
        for (int start = 0; start < frame.Length; start += layer.Length)
        {
            layer.CopyTo(frame.AsSpan(start));
        }

        device.Write(frame, clip.Ports.NullAudio);
    }

    private float[] DrawNullAudio()
    {
        NullAudioIsDrawn = true;
        float[] drawn = new float[AudioChannels / audioLayers];
        new PhiloxNormal(Seed: 0, NullAudioStream).Fill(drawn);
        return drawn;
    }

    // One element of the batch of a dense [T, B, C], as [T, C].
    private static Tensor Element(Tensor tensor, int element) => tensor
        .Reshape(tensor.Shape[0], tensor.Shape[1] * tensor.Channels)
        .ChannelSlice(element * tensor.Channels, tensor.Channels);

    private readonly record struct ClipPorts(MotionConditioning Conditioning, Tensor NullAudio, Tensor NullAudioToken);

    private readonly record struct SegmentPorts(Tensor Audio, Tensor PreviousMotion, Tensor Noise, Tensor Motion, Tensor StepFactors);
}

using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Samples segments of motion by flow matching with classifier-free guidance (<c>MotionDiffusion.sample_subclip</c>), those of several
/// clips at once. All steps are one planned forward; what follows from emotions and faces only is another, which runs when they change.
/// </summary>
/// <remarks>
/// N clips, T frames, E elements of the batch for each clip, one for each velocity of <see cref="Guidance"/>: the last has speech and
/// emotion, the first of several has neither. Kernels are chosen for one clip, so that a segment has the same bytes in any company.
/// Frames that are held (<see cref="SegmentInput.Held"/>) take the straight path from their noise to their motion instead of the network's
/// velocity, so that at each step the others see them as noisy as themselves. One thread at a time.
/// </remarks>
internal sealed class SamplingPass : IDisposable
{
    private const int Width = MotionLayout.Width;

    private readonly Device device;
    private readonly MotionGenerator network;
    private readonly FlowMatchScheduler scheduler;
    private readonly SamplingKind kind;
    private readonly ForwardPass<ConditionPorts> condition;
    private readonly ForwardPass<SegmentPorts> segments;

    // What the condition was computed for, by place.
    private readonly (int Emotion, ReadOnlyMemory<float> Keypoints)[] conditions;
    private readonly float[] factors;
    private readonly float[] values;

    /// <summary>Plans both forwards and writes what never changes.</summary>
    /// <param name="device">The device that holds the network's parameters.</param>
    /// <param name="network">The network.</param>
    /// <param name="nullAudio">What stands for the audio embedding where there is no audio.</param>
    /// <param name="kind">The kind of the segments.</param>
    /// <param name="clips">Segments that are sampled at once, N.</param>
    /// <exception cref="ArgumentException">The network does not generate motion of 70 channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is out of range.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public SamplingPass(Device device, MotionGenerator network, NullAudio nullAudio, SamplingKind kind, int clips)
    {
        if (network.MotionChannels != Width)
        {
            throw new ArgumentException($"The network generates motion of {network.MotionChannels} channels, not {Width}.", nameof(network));
        }

        this.device = device;
        this.network = network;
        this.kind = kind;
        Clips = clips;
        scheduler = new FlowMatchScheduler(kind.Steps, network.NoiseLevels);
        conditions = new (int, ReadOnlyMemory<float>)[clips];
        factors = new float[kind.Steps * Velocities * Rows];
        values = new float[clips * network.Frames * Math.Max(network.Channels, Width)];
        var batch = new BatchPlan(clips, Planned: 1);
        condition = new ForwardPass<ConditionPorts>(device, PlanCondition, batch);
        try
        {
            segments = new ForwardPass<SegmentPorts>(device, PlanSegments, batch);
        }
        catch
        {
            condition.Dispose();
            throw;
        }

        WriteTimeFeatures();
        device.Write(nullAudio.Frame, condition.Ports.NullAudio);
    }

    /// <summary>Segments that are sampled at once, N.</summary>
    public int Clips { get; }

    /// <summary>Bytes of device memory that the sampler holds besides the network's parameters.</summary>
    public long ArenaBytes => condition.ArenaBytes + segments.ArenaBytes;

    private int Elements => kind.Elements;

    // What moves a frame in a step: the elements' velocities, and that of a held frame.
    private int Velocities => Elements + 1;

    private int Rows => network.Frames * Clips;

    /// <summary>Samples segments.</summary>
    /// <param name="batch">1 to <see cref="Clips"/> segments of the kind that was planned for.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(ReadOnlySpan<SegmentInput> batch, CancellationToken cancellationToken = default)
    {
        Condition(batch, cancellationToken);
        WriteFactors(batch);
        SegmentPorts ports = segments.Ports;
        WriteFrames(batch, ports.AudioTokens, static input => input.AudioTokens);
        WriteFrames(batch, ports.Noise, static input => input.Noise);
        WriteHeldVelocity(batch);
        for (int clip = 0; clip < Clips; clip++)
        {
            Given(batch, clip).PreviousMotion.Span.CopyTo(values.AsSpan(clip * Width, Width));
        }

        device.Write(values.AsSpan(0, Clips * Width), ports.PreviousMotion);
        segments.Run(cancellationToken);
        ReadMotion(batch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        segments.Dispose();
        condition.Dispose();
    }

    // A batch that is not full repeats its last segment.
    private static SegmentInput Given(ReadOnlySpan<SegmentInput> batch, int clip) => batch[Math.Min(clip, batch.Length - 1)];

    private ConditionPorts PlanCondition(Workspace workspace)
    {
        MotionConditioning conditioning = network.Condition(workspace, scheduler.Steps, Clips * Elements);
        Tensor nullAudio = workspace.Allocate(1, network.AudioChannels);
        return new ConditionPorts(conditioning, nullAudio, network.EmbedAudio(workspace, nullAudio));
    }

    private SegmentPorts PlanSegments(Workspace workspace)
    {
        int frames = network.Frames;
        int batch = Clips * Elements;
        var ports = new SegmentPorts(
            AudioTokens: workspace.Allocate(frames, Clips, network.Channels),
            PreviousMotion: workspace.Allocate(Clips, Width),
            Noise: workspace.Allocate(frames, Clips, Width),
            Motion: workspace.Allocate(frames, Clips, Width),
            HeldVelocity: workspace.Allocate(frames, Clips, Width),
            Factors: workspace.AllocateCoordinates(new Shape(scheduler.Steps * Velocities, Rows)));
        Tensor motion = ports.Motion.Reshape(Rows, Width);
        Tensor heldVelocity = ports.HeldVelocity.Reshape(Rows, Width);
        Tensor audio = workspace.Allocate(frames, batch, network.Channels);
        workspace.Copy(ports.AudioTokens, Element(audio, Elements - 1));
        for (int element = 0; element < Elements - 1; element++)
        {
            workspace.Copy(condition.Ports.NullAudioToken[0], Element(audio, element));
        }

        Tensor input = workspace.Allocate(frames, batch, 2 * Width);
        workspace.Copy(ports.Noise, ports.Motion);
        for (int element = 0; element < Elements; element++)
        {
            workspace.Copy(ports.PreviousMotion, Element(input, element).ChannelSlice(0, Width));
        }

        for (int step = 0; step < scheduler.Steps; step++)
        {
            using Workspace.Scope scope = workspace.BeginScope();
            for (int element = 0; element < Elements; element++)
            {
                workspace.Copy(ports.Motion, Element(input, element).ChannelSlice(Width, Width));
            }

            Tensor velocity = network.Velocity(workspace, input, audio, condition.Ports.Conditioning, step).Reshape(Rows, Elements * Width);
            for (int element = 0; element < Elements; element++)
            {
                workspace.AddScaled(motion, velocity.ChannelSlice(element * Width, Width), ports.Factors[(step * Velocities) + element], output: motion);
            }

            workspace.AddScaled(motion, heldVelocity, ports.Factors[(step * Velocities) + Elements], output: motion);
        }

        return ports;
    }

    private void Condition(ReadOnlySpan<SegmentInput> batch, CancellationToken cancellationToken)
    {
        MotionConditioning conditioning = condition.Ports.Conditioning;
        bool changed = false;
        for (int clip = 0; clip < Clips; clip++)
        {
            SegmentInput input = Given(batch, clip);
            if (conditions[clip].Keypoints.Equals(input.Keypoints) && conditions[clip].Emotion == input.Emotion)
            {
                continue;
            }

            changed = true;
            conditions[clip] = default;
            for (int element = 0; element < Elements; element++)
            {
                int row = (clip * Elements) + element;
                int emotion = element == 0 && Elements > 1 ? network.Emotions - 1 : input.Emotion;
                device.Write(network.EmotionEmbedding(emotion), conditioning.Emotion.Slice(row, 1));
                device.Write(input.Keypoints.Span, conditioning.Keypoints.Slice(row, 1));
            }
        }

        if (changed)
        {
            condition.Run(cancellationToken);
            for (int clip = 0; clip < Clips; clip++)
            {
                conditions[clip] = (Given(batch, clip).Emotion, Given(batch, clip).Keypoints);
            }
        }
    }

    // motion += size velocity, with the guided velocity as one sum over the elements; a held frame has a velocity of its own.
    private void WriteFactors(ReadOnlySpan<SegmentInput> batch)
    {
        for (int step = 0; step < scheduler.Steps; step++)
        {
            float size = scheduler.StepSize(step);
            for (int velocity = 0; velocity < Velocities; velocity++)
            {
                Span<float> rows = factors.AsSpan(((step * Velocities) + velocity) * Rows, Rows);
                for (int clip = 0; clip < Clips; clip++)
                {
                    SegmentInput input = Given(batch, clip);
                    bool isHeldVelocity = velocity == Elements;
                    float factor = isHeldVelocity ? 0 : size * kind.Factor(velocity, input.Options);
                    int held = input.Held.Length / Width;
                    for (int frame = 0; frame < network.Frames; frame++)
                    {
                        rows[(frame * Clips) + clip] = frame >= held ? factor : isHeldVelocity ? size : 0;
                    }
                }
            }
        }

        device.Write(factors, segments.Ports.Factors);
    }

    // Noise minus motion for frames that are held, zero for the others.
    private void WriteHeldVelocity(ReadOnlySpan<SegmentInput> batch)
    {
        Span<float> velocity = values.AsSpan(0, Rows * Width);
        velocity.Clear();
        for (int clip = 0; clip < Clips; clip++)
        {
            SegmentInput input = Given(batch, clip);
            ReadOnlySpan<float> held = input.Held.Span;
            ReadOnlySpan<float> noise = input.Noise.Span;
            for (int i = 0; i < held.Length; i++)
            {
                velocity[(((i / Width * Clips) + clip) * Width) + (i % Width)] = noise[i] - held[i];
            }
        }

        device.Write(velocity, segments.Ports.HeldVelocity);
    }

    // [frames, C] of each clip to [frames, N, C].
    private void WriteFrames(ReadOnlySpan<SegmentInput> batch, Tensor port, Func<SegmentInput, ReadOnlyMemory<float>> part)
    {
        int channels = port.Channels;
        for (int clip = 0; clip < Clips; clip++)
        {
            ReadOnlySpan<float> own = part(Given(batch, clip)).Span;
            for (int frame = 0; frame < network.Frames; frame++)
            {
                own.Slice(frame * channels, channels).CopyTo(values.AsSpan(((frame * Clips) + clip) * channels, channels));
            }
        }

        device.Write(values.AsSpan(0, network.Frames * Clips * channels), port);
    }

    private void ReadMotion(ReadOnlySpan<SegmentInput> batch)
    {
        Span<float> read = values.AsSpan(0, network.Frames * Clips * Width);
        device.Read(segments.Ports.Motion, read);
        for (int clip = 0; clip < batch.Length; clip++)
        {
            for (int frame = 0; frame < network.Frames; frame++)
            {
                read.Slice(((frame * Clips) + clip) * Width, Width).CopyTo(batch[clip].Motion.Span[(frame * Width)..]);
            }
        }
    }

    private void WriteTimeFeatures()
    {
        int rows = Clips * Elements;
        float[] features = new float[scheduler.Steps * rows * network.TimeFeatures];
        for (int row = 0; row < scheduler.Steps * rows; row++)
        {
            TimestepEmbedding.Compute(scheduler.Timesteps[row / rows], features.AsSpan(row * network.TimeFeatures, network.TimeFeatures));
        }

        device.Write(features, condition.Ports.Conditioning.TimeFeatures);
    }

    // One element of each clip, of a dense [T, N E, C], as [T, N, C].
    private Tensor Element(Tensor tensor, int element) => tensor
        .Reshape(tensor.Shape[0], Clips, Elements * tensor.Channels)
        .ChannelSlice(element * tensor.Channels, tensor.Channels);

    private readonly record struct ConditionPorts(MotionConditioning Conditioning, Tensor NullAudio, Tensor NullAudioToken);

    private readonly record struct SegmentPorts(Tensor AudioTokens, Tensor PreviousMotion, Tensor Noise, Tensor Motion, Tensor HeldVelocity, Tensor Factors);
}

using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Weights;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// MoDA's diffusion transformer (<c>talking_head_dit.py</c>): from noisy motion, speech, emotion and a face's keypoints to the velocity of
/// the motion. Four streams of tokens (motion, audio, emotion, identity) are joined to two streams and then to one.
/// </summary>
/// <remarks>
/// Three shortcuts keep the result exact. First, all tokens of the emotion are equal until the rotary embedding is applied, and so are
/// those of the identity. The four-stream blocks therefore carry one token of each, with the logarithm of their number as a bias of its
/// key. Second, modulation depends only on the timestep and the emotion, so it is computed in advance for all steps. Third, the last block
/// changes only the motion's tokens.
/// </remarks>
internal sealed class MotionGenerator
{
    private const string NullAudioName = "null_audio_feat";
    private const string NoiseLevelsName = "scheduler.sigmas";

    private readonly EmbedderMlp motionEmbedder;
    private readonly EmbedderMlp identityEmbedder;
    private readonly EmbedderMlp timeEmbedder;
    private readonly AudioEmbedder audioEmbedder;
    private readonly float[] emotionTable;
    private readonly List<MultiStreamBlock> fourStreamBlocks = [];
    private readonly List<MultiStreamBlock> doubleStreamBlocks = [];
    private readonly List<SingleStreamBlock> singleStreamBlocks = [];
    private readonly FinalLayer finalLayer;
    private readonly Tensor rotation;
    private readonly Tensor repetitionBias;

    /// <summary>Loads the module <c>motion_generator</c>.</summary>
    /// <param name="parameters">The checkpoint's root.</param>
    /// <param name="frames">The number of motion frames that are generated at a time. The network was trained with 80.</param>
    /// <exception cref="TensorNotFoundException">A tensor is missing.</exception>
    /// <exception cref="TensorMismatchException">A tensor does not fit the others.</exception>
    public MotionGenerator(ParameterLoader parameters, int frames = 80)
    {
        Frames = frames;
        NoiseLevels = ReadNoiseLevels(parameters);
        NullAudio = parameters.Contains(NullAudioName) ? parameters.Values(NullAudioName) : null;
        ParameterLoader transformer = parameters["talking_head_dit"];
        motionEmbedder = new EmbedderMlp(transformer["motion_embedder"]);
        identityEmbedder = new EmbedderMlp(transformer["identity_embedder"], Channels);
        timeEmbedder = new EmbedderMlp(transformer["time_embedder"], Channels);
        audioEmbedder = new AudioEmbedder(transformer["audio_embedder"], Channels);
        emotionTable = transformer.Values("emo_embedder.embedding_table.weight");
        foreach (ParameterLoader block in transformer.List("blocks4"))
        {
            fourStreamBlocks.Add(new MultiStreamBlock(block, StreamNames.FourStreams, Channels));
        }

        foreach (ParameterLoader block in transformer.List("blocks2"))
        {
            doubleStreamBlocks.Add(new MultiStreamBlock(block, StreamNames.TwoStreams, Channels));
        }

        foreach (ParameterLoader block in transformer.List("blocks"))
        {
            singleStreamBlocks.Add(new SingleStreamBlock(block, Channels));
        }

        finalLayer = new FinalLayer(transformer["final_layer"], Channels);
        int headChannels = fourStreamBlocks[0].HeadChannels;
        rotation = parameters.Tensor(RotaryEmbedding.Table(frames, headChannels), frames, headChannels);
        repetitionBias = parameters.Tensor(RepetitionBias(frames), 2 * frames + 2);
    }

    /// <summary>The number of motion frames that are generated at a time.</summary>
    public int Frames { get; }

    /// <summary>Hidden channels C.</summary>
    public int Channels => motionEmbedder.Channels;

    /// <summary>Channels M of a frame's motion.</summary>
    public int MotionChannels => finalLayer.OutputChannels;

    /// <summary>Channels A of a frame's audio embedding, all layers side by side.</summary>
    public int AudioChannels => audioEmbedder.InputChannels;

    /// <summary>Channels of the keypoints: [21, 3].</summary>
    public int KeypointChannels => identityEmbedder.InputChannels;

    /// <summary>Features F of a timestep.</summary>
    public int TimeFeatures => timeEmbedder.InputChannels;

    /// <summary>The number of emotions. The last one means no emotion.</summary>
    public int Emotions => emotionTable.Length / Channels;

    /// <summary>The values of an audio embedding's layer that mean "no audio"; null when the checkpoint has none.</summary>
    public IReadOnlyList<float>? NullAudio { get; }

    /// <summary>The noise levels of the checkpoint; the published ones when it has none.</summary>
    public NoiseLevels NoiseLevels { get; }

    /// <summary>The embedding [C] of an emotion.</summary>
    /// <param name="emotion">0 .. <see cref="Emotions"/> - 1.</param>
    public ReadOnlySpan<float> EmotionEmbedding(int emotion)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)emotion, (uint)Emotions, nameof(emotion));
        return emotionTable.AsSpan(emotion * Channels, Channels);
    }

    /// <summary>Computes the values that stay the same for a clip.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="steps">Denoising steps S.</param>
    /// <param name="batch">The batch size B.</param>
    public MotionConditioning Condition(Workspace workspace, int steps, int batch)
    {
        Tensor timeFeatures = workspace.Allocate(steps, batch, TimeFeatures);
        Tensor emotion = workspace.Allocate(batch, Channels);
        Tensor keypoints = workspace.Allocate(batch, KeypointChannels);

        // c = time + emotion. Every modulation begins with SiLU(c).
        Tensor conditioning = timeEmbedder.Forward(workspace, timeFeatures);
        conditioning = workspace.Add(conditioning, emotion, Activation.Silu, output: conditioning);
        return new MotionConditioning
        {
            TimeFeatures = timeFeatures,
            Emotion = emotion,
            Keypoints = keypoints,
            Identity = identityEmbedder.Forward(workspace, keypoints),
            FourStream = [.. fourStreamBlocks.Select(block => block.Modulate(workspace, conditioning))],
            DoubleStream = [.. doubleStreamBlocks.Select(block => block.Modulate(workspace, conditioning))],
            SingleStream = [.. singleStreamBlocks.Select(block => block.Modulate(workspace, conditioning))],
            Final = finalLayer.Modulate(workspace, conditioning),
        };
    }

    /// <summary>Embeds frames of audio [..., A] as tokens [..., C].</summary>
    public Tensor EmbedAudio(Workspace workspace, Tensor audio, Tensor? output = null) => audioEmbedder.Forward(workspace, audio, output);

    /// <summary>Predicts the velocity (noise minus motion) at one step.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="motion">[frames, B, 2 M]: for each frame the motion before the segment, then the noisy motion.</param>
    /// <param name="audio">[frames, B, C] of <see cref="EmbedAudio"/>.</param>
    /// <param name="conditioning">The values of the clip from <see cref="Condition"/>.</param>
    /// <param name="step">The index of the denoising step.</param>
    /// <returns>[frames, B, M].</returns>
    public Tensor Velocity(Workspace workspace, Tensor motion, Tensor audio, MotionConditioning conditioning, int step)
    {
        Tensor velocity = workspace.Allocate(motion.Shape.WithChannels(MotionChannels));
        using Workspace.Scope scope = workspace.BeginScope();

        // The tokens of motion, audio, emotion and identity, one stream after another. Each stream finally has a quarter of them.
        Tensor tokens = workspace.Allocate(4 * Frames, motion.Shape[1], Channels);
        motionEmbedder.Forward(workspace, motion, tokens.Slice(0, Frames));
        workspace.Copy(audio, tokens.Slice(Frames, Frames));
        workspace.Copy(conditioning.Emotion, tokens[2 * Frames]);
        workspace.Copy(conditioning.Identity, tokens[2 * Frames + 1]);

        Tensor compact = tokens.Slice(0, 2 * Frames + 2);
        for (int block = 0; block < fourStreamBlocks.Count; block++)
        {
            fourStreamBlocks[block].Forward(
                workspace, compact, [Frames, Frames, 1, 1], conditioning.FourStream[block][step], [rotation, rotation, null, null], repetitionBias);
        }

        // The identity is copied first, because the copies of the emotion overwrite its token.
        workspace.Copy(tokens[2 * Frames + 1], tokens.Slice(3 * Frames, Frames));
        workspace.Copy(tokens[2 * Frames], tokens.Slice(2 * Frames + 1, Frames - 1));
        for (int block = 0; block < doubleStreamBlocks.Count; block++)
        {
            doubleStreamBlocks[block].Forward(
                workspace, tokens, [Frames, 3 * Frames], conditioning.DoubleStream[block][step], [rotation, rotation]);
        }

        for (int block = 0; block < singleStreamBlocks.Count; block++)
        {
            int needed = block == singleStreamBlocks.Count - 1 ? Frames : 4 * Frames;
            singleStreamBlocks[block].Forward(workspace, tokens, needed, conditioning.SingleStream[block][step], rotation);
        }

        return finalLayer.Forward(workspace, tokens.Slice(0, Frames), conditioning.Final[step], velocity);
    }

    private static NoiseLevels ReadNoiseLevels(ParameterLoader parameters)
    {
        if (!parameters.Contains(NoiseLevelsName))
        {
            return NoiseLevels.Published;
        }

        float[] levels = parameters.Values(NoiseLevelsName);
        return new NoiseLevels(levels[0], levels[^1]);
    }

    // [2 frames + 2]: the keys of the emotion and of the identity each stand for as many equal keys as there are frames.
    private static float[] RepetitionBias(int frames)
    {
        float[] bias = new float[2 * frames + 2];
        bias.AsSpan(2 * frames).Fill(MathF.Log(frames));
        return bias;
    }
}

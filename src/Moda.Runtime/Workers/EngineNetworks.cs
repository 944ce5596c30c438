using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Sampling;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Runtime.Workers;

/// <summary>All networks of a set of weights, loaded once. Every queue of the device reads the same parameters.</summary>
internal sealed class EngineNetworks : IDisposable
{
    private readonly ParameterStore motionStore;
    private readonly ParameterStore renderingStore;

    private EngineNetworks(WeightSet weights, Device motionDevice, Device renderingDevice, Action loaded)
    {
        motionStore = new ParameterStore(motionDevice);
        renderingStore = new ParameterStore(renderingDevice);
        var networks = new NetworkLoader(weights, loaded);

        // What one thread packs and queues for its networks, and waits for, leaves time to read those of the other.
        Task<RenderingNetworks>? beside = motionDevice == renderingDevice ? null : Task.Run(LoadRendering);
        try
        {
            AudioEncoder = networks.Load("audio_encoder", motionStore, parameters => new AudioEncoder(parameters, weights.AudioEncoder));
            MotionGenerator = networks.Load("motion_generator", motionStore, parameters => new MotionGenerator(parameters));
            Stitching = networks.Load("stitching_retargeting", motionStore, parameters => new StitchingPass(motionDevice, parameters));
            Rendering = beside?.GetAwaiter().GetResult() ?? LoadRendering();

            // Other queues may read the parameters only after the queues that write them have finished.
            motionDevice.Synchronize();
            renderingDevice.Synchronize();
            NullAudio = NullAudio.Of(MotionGenerator, AudioEncoder.Layers);
            Statistics = new MotionStatistics(weights.MotionStatistics);
        }
        catch
        {
            // Nothing is released while the other thread writes to it.
            Task.WaitAny(beside ?? Task.CompletedTask);
            Dispose();
            throw;
        }

        NormalizesSpeech = weights.AudioEncoder.NormalizesInput;

        RenderingNetworks LoadRendering() => RenderingNetworks.Load(networks, renderingStore);
    }

    /// <summary><c>audio_encoder</c>.</summary>
    public AudioEncoder AudioEncoder { get; }

    /// <summary><c>motion_generator</c>.</summary>
    public MotionGenerator MotionGenerator { get; }

    /// <summary><c>stitching_retargeting</c>, planned on the device of motion.</summary>
    public StitchingPass Stitching { get; }

    /// <summary>The networks that see pixels.</summary>
    public RenderingNetworks Rendering { get; }

    /// <summary>What guidance hears where there is no audio.</summary>
    public NullAudio NullAudio { get; }

    /// <summary>What motion is normalised by.</summary>
    public MotionStatistics Statistics { get; }

    /// <summary>Whether the audio encoder wants speech of zero mean and unit variance.</summary>
    public bool NormalizesSpeech { get; }

    /// <summary>Bytes of device memory that the parameters take.</summary>
    public long ParameterBytes => motionStore.ByteLength + renderingStore.ByteLength;

    /// <summary>Loads all networks.</summary>
    /// <param name="weights">The weights; they may be disposed afterwards.</param>
    /// <param name="motionDevice">What runs the networks of speech and motion.</param>
    /// <param name="renderingDevice">What loads those of pictures, at the same time where it is another queue.</param>
    /// <param name="loaded">Called after each network, on several threads.</param>
    /// <exception cref="TensorNotFoundException">A network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than its network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    public static EngineNetworks Load(WeightSet weights, Device motionDevice, Device renderingDevice, Action loaded) =>
        new(weights, motionDevice, renderingDevice, loaded);

    /// <inheritdoc/>
    public void Dispose()
    {
        Stitching?.Dispose();
        renderingStore.Dispose();
        motionStore.Dispose();
    }
}

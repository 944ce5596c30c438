using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Runtime;

/// <summary>
/// MoDA's networks on a device, loaded once. It prepares portraits and makes many of them speak at once. Frames and motion of different
/// clips are computed in shared batches; a clip's bytes do not depend on the other clips.
/// </summary>
/// <remarks>
/// Several threads may call all members at once. No member computes on its caller's thread: the engine has threads of its own, which no
/// reader, voice or caller can hold up. Disposing the engine ends its clips; code that waits for one gets an
/// <see cref="ObjectDisposedException"/>.
/// </remarks>
/// <example>
/// <code>
/// await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync();
/// using PreparedPortrait portrait = await engine.PrepareAsync("portrait.jpg");
/// await using SoundTrack voice = await SoundTrack.DecodeAsync("voice.wav");
/// await using TalkingClip clip = engine.Speak(portrait, voice);
/// await clip.SaveAsync("talking.mp4");
/// </code>
/// </example>
public sealed partial class TalkingHeadEngine : IAsyncDisposable
{
    private readonly EngineWorkers workers;
    private readonly SessionContext context;
    private readonly EngineOptions options;
    private readonly LiveSlots liveSlots = new();
    private readonly Lock gate = new();
    private readonly HashSet<ClipSession> clips = [];
    private readonly HashSet<LoadedPortrait> portraits = [];
    private readonly FaceWorker faces;
    private readonly PoseRendering poses;
    private Task? disposal;

    private TalkingHeadEngine(EngineWorkers workers, EngineOptions options)
    {
        this.workers = workers;
        this.options = options;
        liveSlots.Limit = options.LiveClips ?? 0;
        faces = new FaceWorker(workers.Device);
        context = workers.CreateContext();
        poses = new PoseRendering(context, [.. workers.RenderThreads.Select(thread => thread.Work)]);
    }

    /// <summary>The device's name.</summary>
    public string DeviceName => workers.Device.Name;

    /// <summary>What the engine can do; null until <see cref="WarmUpAsync"/> has measured it.</summary>
    public EngineCapacity? Capacity { get; private set; }

    /// <summary>Live clips that are at work.</summary>
    public int LiveClips => liveSlots.Taken;

    /// <summary>Whether the weights have the face parser that <see cref="PasteBackMode.FaceMask"/> needs.</summary>
    public bool HasFaceParser => workers.Networks.Rendering.FaceParser is not null;

    /// <summary>The memory that the engine holds now.</summary>
    public EngineMemory Memory
    {
        get
        {
            lock (gate)
            {
                return new EngineMemory(
                    workers.Networks.ParameterBytes,
                    workers.DeviceBytes,
                    portraits.Sum(portrait => portrait.DeviceBytes),
                    clips.Sum(clip => clip.HostBytes),
                    portraits.Count,
                    clips.Count);
            }
        }
    }

    /// <summary>What its threads did so far.</summary>
    internal Scheduler Scheduler => workers.Scheduler;

    /// <summary>What the thread of the motion worker has to do.</summary>
    internal ThreadWork MotionWork => workers.MotionWork;

    /// <summary>Loads all networks of a folder of weights onto a device.</summary>
    /// <param name="weights">
    /// A folder that <c>moda convert</c> or <c>moda weights synthesize</c> has written; null for the open checkpoint, which the package
    /// Moda.OpenCheckpoint puts beside the program.
    /// </param>
    /// <param name="device">As <see cref="DeviceSelector.Open"/> names it.</param>
    /// <param name="options">How the engine uses the device; null for the defaults.</param>
    /// <param name="progress">Told after each network, from several threads; null where nobody is told.</param>
    /// <param name="cancellationToken">Looked at after each network.</param>
    /// <inheritdoc cref="LoadAsync(WeightSet, Device, EngineOptions?, IProgress{GenerationProgress}?, CancellationToken)" path="/exception"/>
    /// <exception cref="DeviceUnavailableException">There is no such device.</exception>
    /// <exception cref="DirectoryNotFoundException">No folder is given, and the open checkpoint is not beside the program.</exception>
    public static Task<TalkingHeadEngine> LoadAsync(
        string? weights = null,
        string device = "auto",
        EngineOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) => Task.Run(
            async () =>
            {
                using WeightSet set = WeightSet.Open(weights ?? OpenCheckpoint.RequireFolder());
                return await LoadAsync(set, DeviceSelector.Open(device).Device, options, progress, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Loads all networks of a set of weights.</summary>
    /// <param name="weights">The weights; they may be disposed afterwards.</param>
    /// <param name="device">Where the networks run. The engine owns it from now on, also when loading fails.</param>
    /// <param name="options">How the engine uses the device; null for the defaults.</param>
    /// <param name="progress">Told after each network, from several threads; null where nobody is told.</param>
    /// <param name="cancellationToken">Looked at after each network.</param>
    /// <returns>The engine; the caller disposes it.</returns>
    /// <exception cref="TensorNotFoundException">A network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than its network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static Task<TalkingHeadEngine> LoadAsync(
        WeightSet weights,
        Device device,
        EngineOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new EngineOptions();
        int done = 0;
        return Task.Run(() => new TalkingHeadEngine(EngineWorkers.Open(weights, device, options, NetworkLoaded), options), CancellationToken.None);

        void NetworkLoaded()
        {
            progress?.Report(new GenerationProgress(GenerationStage.LoadingWeights, Interlocked.Increment(ref done), weights.Networks.Count));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Runs once all that clips with such options need: forwards of all sizes are planned, a GPU's graphs are recorded, code is compiled. Later
    /// clips then wait for their own work only. Then measures <see cref="Capacity"/>. It serves programs that keep an engine to answer
    /// requests; a program that makes one clip gains nothing.
    /// </summary>
    /// <param name="portrait">A portrait; of the size of those that will come, if frames are pasted back on a GPU.</param>
    /// <param name="options">As for the clips that will come; null for the reference's defaults.</param>
    /// <param name="cancellationToken">Ends the warm-up; the engine can still be used.</param>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task WarmUpAsync(PreparedPortrait portrait, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        options ??= new GenerationOptions();
        Validate(portrait.Engine, options);
        LoadedPortrait loaded = portrait.Lease();
        try
        {
            var warmUp = new WarmUp(context, new TrialRuns(workers, context, loaded, options), options);
            Capacity = await warmUp.RunAsync(cancellationToken).ConfigureAwait(false);
            costs.Add(SamplingKind.Of(options.Sampling, (int)options.Emotion), warmUp.Segment, PlanSource.WarmUp);
            costs.Add(FrameKindOf(loaded, options), warmUp.Frame, PlanSource.WarmUp);
            liveSlots.Limit = this.options.LiveClips ?? Capacity.LiveClips;
        }
        finally
        {
            loaded.Release();
        }

        // The code between the workers and the reader is compiled when it is first run.
        GenerationOptions unseen = options with { Pace = Pace.Offline, Noise = null, Observer = null };
        await using TalkingClip clip = Speak(portrait, TrialRuns.Noise(workers.Networks.MotionGenerator.Frames), unseen);
        int frames = 0;
        await foreach (VideoFrame _ in clip.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (++frames == workers.BatchSize)
            {
                break;
            }
        }
    }

    /// <summary>
    /// Ends all clips. Waits for the work that is running, which ends at its next op, and until no voice is read and no progress is reported.
    /// Then releases everything, the device too.
    /// </summary>
    /// <exception cref="TimeoutException">
    /// The device did not end its work, or code that a clip was given did not return, in <see cref="EngineOptions.DisposalTimeout"/>. Memory
    /// is released as soon as the device has ended its work.
    /// </exception>
    public ValueTask DisposeAsync()
    {
        lock (gate)
        {
            disposal ??= Task.Run(DisposeOnceAsync);
        }

        return new ValueTask(disposal);
    }

    private async Task DisposeOnceAsync()
    {
        ClipSession[] left;
        lock (gate)
        {
            left = [.. clips];
        }

        Task ending = Task.WhenAll(left.Select(clip => clip.EndAsync(Scheduler.EngineDisposed())));
        Task releasing = ReleaseAsync();
        try
        {
            await Task.WhenAll(ending, releasing).WaitAsync(options.DisposalTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            string late = releasing.IsCompleted
                ? "Code that a clip was given (its progress or noise) has not returned"
                : $"{DeviceName} has not ended its work, and its memory is released once it has,";
            throw new TimeoutException($"{late} {options.DisposalTimeout.TotalSeconds:0.#} s after the engine was disposed.", exception);
        }
    }

    // Nothing is released while a thread may still use it.
    private async Task ReleaseAsync()
    {
        await Task.WhenAll(workers.StopAsync(), faces.StopAsync()).ConfigureAwait(false);
        lock (gate)
        {
            foreach (LoadedPortrait portrait in portraits)
            {
                portrait.Free();
            }

            portraits.Clear();
        }

        workers.Dispose();
    }

    private void Validate(TalkingHeadEngine preparedBy, GenerationOptions wanted)
    {
        Validate(preparedBy, wanted.PasteBack);
        wanted.Validate();
    }

    private void Validate(TalkingHeadEngine preparedBy, PasteBackMode pasteBack)
    {
        if (preparedBy != this)
        {
            throw new ArgumentException("The portrait or video was prepared by another engine; prepare it by this one.", nameof(preparedBy));
        }

        if (pasteBack == PasteBackMode.FaceMask && !HasFaceParser)
        {
            throw new ArgumentException("Pasting back by face mask needs the face parser, which these weights lack.", nameof(pasteBack));
        }
    }

    // Called when the last lease ends, on any thread. The memory is released once each worker has forgotten the portrait.
    private void Reclaim(LoadedPortrait portrait)
    {
        try
        {
            workers.Forget(portrait, ReleaseMemory);
        }
        catch (ObjectDisposedException)
        {
            // The engine's disposal releases it.
        }
    }

    private void ReleaseMemory(LoadedPortrait portrait)
    {
        lock (gate)
        {
            if (portraits.Remove(portrait))
            {
                portrait.Free();
            }
        }
    }
}

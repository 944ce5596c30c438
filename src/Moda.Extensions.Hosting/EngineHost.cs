using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Extensions.Hosting;

/// <summary>The host's engine: loaded once, and disposed with the host.</summary>
internal sealed partial class EngineHost : IAsyncDisposable, IDisposable
{
    private readonly ModaOptions options;
    private readonly ILogger<EngineHost> logger;
    private TalkingHeadEngine? engine;
    private bool isStopped;

    public EngineHost(IOptions<ModaOptions> options, ILogger<EngineHost> logger, IMeterFactory meters)
    {
        this.options = options.Value;
        this.logger = logger;
        Metadata = new TalkingHeadClientMetadata("moda", this.options.Weights is { } weights ? FolderName(weights) : "open-checkpoint");
        CreateInstruments(ModaTelemetry.CreateMeter(meters));
    }

    /// <summary>Who makes the videos, and with which weights.</summary>
    public TalkingHeadClientMetadata Metadata { get; }

    /// <summary>The engine; null before the host has started and after it has stopped.</summary>
    public TalkingHeadEngine? Loaded => Volatile.Read(ref isStopped) ? null : Volatile.Read(ref engine);

    /// <summary>The engine.</summary>
    /// <exception cref="InvalidOperationException">The host has not started, or has stopped.</exception>
    public TalkingHeadEngine Engine => Loaded ?? throw new InvalidOperationException(isStopped
        ? "The engine was disposed, as the host has stopped."
        : "The engine is not loaded yet. Start the host (RunAsync, StartAsync) before its client is used.");

    /// <summary>Loads the engine and warms it up, where the options say so. Once.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        EngineLoading(logger, Metadata.ModelName, options.Device);
        TalkingHeadEngine loaded = await Task.Run(() => OpenAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref engine, loaded);
        EngineLoaded(logger, Metadata.ModelName, loaded.DeviceName, loaded.Memory.Parameters >> 20, Stopwatch.GetElapsedTime(start).TotalSeconds);
        if (options.WarmUpPortrait is { } picture)
        {
            start = Stopwatch.GetTimestamp();
            using PreparedPortrait portrait = await loaded.PrepareAsync(picture, cancellationToken: cancellationToken).ConfigureAwait(false);
            await loaded.WarmUpAsync(portrait, cancellationToken: cancellationToken).ConfigureAwait(false);
            EngineWarm(logger, loaded.Capacity?.FramesPerSecond ?? 0, loaded.Capacity?.LiveClips ?? 0, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!Interlocked.Exchange(ref isStopped, true) && engine is not null)
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            EngineStopped(logger);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<TalkingHeadEngine> OpenAsync(CancellationToken cancellationToken)
    {
        using WeightSet weights = WeightSet.Open(options.Weights ?? OpenCheckpoint.Folder!);
        Device device = DeviceSelector.Open(options.Device, new DeviceRequest(options.Precision, options.MemoryLimit, options.Threads)).Device;
        var engineOptions = new EngineOptions { FramesPerBatch = options.FramesPerBatch, LiveClips = options.LiveClips };
        return await TalkingHeadEngine.LoadAsync(weights, device, engineOptions, progress: null, cancellationToken).ConfigureAwait(false);
    }

    private void CreateInstruments(Meter meter)
    {
        meter.CreateObservableUpDownCounter<long>("moda.engine.memory", ObserveMemory, "By", "Memory that the engine holds. Parameters, activations and portraits are on the device, clips on the host.");
        meter.CreateObservableUpDownCounter("moda.engine.clips", () => Loaded?.Memory.ClipCount ?? 0, "{clip}", "Clips that are being made.");
        meter.CreateObservableUpDownCounter("moda.engine.portraits", () => Loaded?.Memory.PortraitCount ?? 0, "{portrait}", "Prepared portraits on the device.");
    }

    private IEnumerable<Measurement<long>> ObserveMemory()
    {
        if (Loaded?.Memory is not { } memory)
        {
            return [];
        }

        return
        [
            new(memory.Parameters, Kind("parameters")),
            new(memory.Activations, Kind("activations")),
            new(memory.Portraits, Kind("portraits")),
            new(memory.Clips, Kind("clips")),
        ];

        static KeyValuePair<string, object?> Kind(string kind) => new("moda.memory.kind", kind);
    }

    private static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    [LoggerMessage(1, LogLevel.Information, "The engine is loading: weights {Weights}, device {Device}.")]
    private static partial void EngineLoading(ILogger logger, string weights, string device);

    [LoggerMessage(2, LogLevel.Information, "The engine is loaded: weights {Weights} ({ParameterMegabytes} MiB) on {Device}, in {Seconds:0.00} s.")]
    private static partial void EngineLoaded(ILogger logger, string weights, string device, long parameterMegabytes, double seconds);

    [LoggerMessage(3, LogLevel.Information, "The engine is warm: {FramesPerSecond:0.0} frames/s, {LiveClips} live clips, in {Seconds:0.00} s.")]
    private static partial void EngineWarm(ILogger logger, double framesPerSecond, int liveClips, double seconds);

    [LoggerMessage(4, LogLevel.Information, "The engine was disposed.")]
    private static partial void EngineStopped(ILogger logger);
}

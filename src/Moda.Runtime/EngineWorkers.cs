using Moda.Kernels;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;
using Moda.Weights.Sets;

namespace Moda.Runtime;

/// <summary>
/// What an engine runs on: the device, the networks, the workers with a thread each, and the scheduler that feeds them. A device that works
/// beside the host has one motion worker and several render workers. On any other device one thread does all the work.
/// </summary>
internal sealed class EngineWorkers : IDisposable
{
    /// <summary>Rows and columns of the picture that the networks read.</summary>
    private const int InputSize = 256;

    private readonly List<IDisposable> owned = [];
    private readonly List<EngineThread> threads = [];

    private EngineWorkers(WeightSet weights, Device device, EngineOptions options, Action networkLoaded)
    {
        Device = Own(device);
        Scheduler = new Scheduler(new EngineClock(options.Time));
        try
        {
            options.Validate();
            bool isShared = !device.IsAsynchronous && options.RenderWorkers is null;
            BatchSize = options.FramesPerBatch ?? (device.IsAsynchronous ? 8 : 1);
            Device[] queues = isShared ? [device] : [.. Enumerable.Range(0, options.RenderWorkers ?? 2).Select(_ => Own(device.CreateQueue()))];
            Networks = Own(EngineNetworks.Load(weights, device, queues[0], networkLoaded));
            Motion = Own(new MotionWorker(device, Networks, options.SegmentsPerBatch ?? (device.IsAsynchronous ? 8 : 1), BatchSize));
            Shape volume = Networks.Rendering.Appearance.VolumeShape(new Shape(1, InputSize, InputSize, 3));
            Render = [.. queues.Select((queue, number) => Own(new RenderWorker(number, queue, Networks.Rendering, volume, BatchSize)))];
            if (isShared)
            {
                threads.Add(new EngineThread("moda engine", Scheduler, Motion, Render[0]));
            }
            else
            {
                threads.Add(new EngineThread("moda motion", Scheduler, Motion, render: null));
                threads.AddRange(Render.Select((worker, number) => new EngineThread($"moda render {number}", Scheduler, motion: null, worker)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        threads.ForEach(thread => Scheduler.Add(thread.Work));
        threads.ForEach(thread => thread.Start());
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>The networks.</summary>
    public EngineNetworks Networks { get; }

    /// <summary>The motion worker.</summary>
    public MotionWorker Motion { get; }

    /// <summary>The render workers.</summary>
    public IReadOnlyList<RenderWorker> Render { get; }

    /// <summary>Feeds the threads.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Frames of a whole batch.</summary>
    public int BatchSize { get; }

    /// <summary>The side of rendered crops, in pixels.</summary>
    public int CropSide => Render[0].CropSide;

    /// <summary>Bytes of device memory that the workers hold besides the networks' parameters.</summary>
    public long DeviceBytes => Networks.Stitching.ArenaBytes + Motion.DeviceBytes + Render.Sum(worker => worker.DeviceBytes);

    /// <summary>What the thread of the motion worker has to do.</summary>
    public ThreadWork MotionWork => threads[0].Work;

    /// <summary>The threads of the render workers.</summary>
    public IEnumerable<EngineThread> RenderThreads => threads.Where(thread => thread.Render is not null);

    /// <summary>Loads the networks, plans rendering and starts the threads.</summary>
    /// <param name="weights">The weights; they may be disposed afterwards.</param>
    /// <param name="device">The device; owned from now on, also when this fails.</param>
    /// <param name="options">How it is used.</param>
    /// <param name="networkLoaded">Called after each network, on several threads.</param>
    public static EngineWorkers Open(WeightSet weights, Device device, EngineOptions options, Action networkLoaded) =>
        new(weights, device, options, networkLoaded);

    /// <summary>What clips need of all this.</summary>
    public SessionContext CreateContext()
    {
        bool isAsynchronous = Device.IsAsynchronous;
        int workers = Render.Count;
        return new SessionContext
        {
            Scheduler = Scheduler,
            MotionWork = MotionWork,
            Stitching = Networks.Stitching,
            Statistics = Networks.Statistics,
            NormalizesSpeech = Networks.NormalizesSpeech,
            Segments = new SegmentPlan(Networks.MotionGenerator.Frames),
            LiveEncoder = Motion.LiveEncoder,
            PaddingToken = Motion.PaddingToken,

            // On a device that does one thing at a time, motion that nobody waits for delays a frame.
            MotionAhead = isAsynchronous ? 2 * Networks.MotionGenerator.Frames : 1,
            MotionReserve = 4 * BatchSize,

            FramesPerBatch = BatchSize,

            // Each worker has a batch at work while another is read.
            FramesAhead = (workers * BatchSize) + Math.Max(BatchSize / 2, 2),
        };
    }

    /// <summary>Has every worker forget a portrait, and then its memory released.</summary>
    /// <param name="portrait">A portrait that nobody holds a lease of.</param>
    /// <param name="release">Releases it, on the thread of the last worker.</param>
    /// <exception cref="ObjectDisposedException">The threads have been stopped.</exception>
    public void Forget(LoadedPortrait portrait, Action<LoadedPortrait> release)
    {
        int left = Render.Count;
        foreach (EngineThread thread in RenderThreads)
        {
            _ = Scheduler.RunAsync(
                thread.Work,
                (own, _) =>
                {
                    own.Render!.Forget(portrait);
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        release(portrait);
                    }

                    return true;
                },
                CancellationToken.None);
        }
    }

    /// <summary>Refuses all work and waits for the work that is running.</summary>
    public Task StopAsync()
    {
        Scheduler.Stop();
        return Task.WhenAll(threads.Select(thread => thread.Ended));
    }

    /// <summary>Releases everything, the device last. The threads have ended, or never began.</summary>
    public void Dispose()
    {
        for (int index = owned.Count - 1; index >= 0; index--)
        {
            owned[index].Dispose();
        }

        owned.Clear();
    }

    private TOwned Own<TOwned>(TOwned created)
        where TOwned : IDisposable
    {
        owned.Add(created);
        return created;
    }
}

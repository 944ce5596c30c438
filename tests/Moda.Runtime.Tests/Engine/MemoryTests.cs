using System.Diagnostics;
using Moda.Kernels.Cpu;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>N portraits and N clips take N times what one takes and no more, and what has ended leaves nothing.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class MemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Portraits_and_clips_take_so_many_times_what_one_takes()
    {
        const int count = 4;
        using var device = new CpuDevice();
        await using TalkingHeadEngine engine = await LoadAsync(device);
        long parameters = engine.Memory.Parameters;
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        await using Begun first = await Begun.StartAsync(engine, portrait);
        EngineMemory one = engine.Memory;
        long allocated = device.AllocatedBytes;
        AssertReported(one, allocated);
        Assert.Equal((first.Clip.HostBytes, 1, 1), (one.Clips, one.ClipCount, one.PortraitCount));

        var portraits = new List<PreparedPortrait>();
        var clips = new List<Begun>();
        for (int number = 1; number < count; number++)
        {
            portraits.Add(await engine.PrepareAsync(TestEngines.Portrait(number), Token));
            clips.Add(await Begun.StartAsync(engine, portraits[^1]));
        }

        EngineMemory all = engine.Memory;
        Assert.Equal(
            new EngineMemory(parameters, one.Activations, count * one.Portraits, count * one.Clips, count, count),
            all);
        Assert.Equal(allocated + ((count - 1) * one.Portraits), device.AllocatedBytes);

        foreach (Begun clip in clips)
        {
            await clip.DisposeAsync();
        }

        portraits.ForEach(own => own.Dispose());
        await TestEngines.UntilAsync(() => engine.Memory == one);
        Assert.Equal(allocated, device.AllocatedBytes);
    }

    [Fact]
    public async Task Lanes_share_the_weights()
    {
        using var device = new CpuDevice();
        await using TalkingHeadEngine single = await LoadAsync(device);
        AssertReported(single.Memory, device.AllocatedBytes);
        long before = device.AllocatedBytes;
        await using TalkingHeadEngine several = await LoadAsync(device, renderLanes: 3);
        AssertReported(several.Memory, device.AllocatedBytes - before);

        Assert.Equal(single.Memory.Parameters, several.Memory.Parameters);
        Assert.True(several.Memory.Activations > single.Memory.Activations);
    }

    [Fact]
    public async Task Two_hundred_clips_leave_what_ten_left()
    {
        using var device = new CpuDevice();
        await using TalkingHeadEngine engine = await LoadAsync(device);
        using PreparedPortrait kept = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        await SpeakAsync(engine, kept, clips: 10);
        Usage before = await Usage.MeasureAsync(engine, device);

        // Threads that the pool adds on a busy machine keep arrays for later. That happens once; what clips leave comes with each round.
        for (int rounds = 3; ; rounds--)
        {
            await SpeakAsync(engine, kept, clips: 190);
            Usage after = await Usage.MeasureAsync(engine, device);
            Assert.Equal(before.DeviceBytes, after.DeviceBytes);
            if (after.IsNoMoreThan(before))
            {
                return;
            }

            Assert.True(rounds > 1, $"190 clips left more than there was before, again and again: {before}, then {after}");
            before = after;
        }
    }

    // Of some a frame is rendered, and some have a portrait of their own; the others end with their motion, which is soon.
    private static async Task SpeakAsync(TalkingHeadEngine engine, PreparedPortrait kept, int clips)
    {
        for (int number = 1; number <= clips; number++)
        {
            using PreparedPortrait? own = number % 20 == 5 ? await engine.PrepareAsync(TestEngines.Portrait(number), Token) : null;
            GenerationOptions options = TestEngines.Options((ulong)number) with { Observer = number % 10 == 5 ? null : new NoFrames() };
            await using TalkingClip clip = engine.Speak(own ?? kept, TestEngines.Voice(frames: 1), options);
            Assert.Equal(number % 10 == 5 ? 1 : 0, (await TestEngines.FramesAsync(clip)).Length);
        }
    }

    // All but the few bytes of workspaces that copy and hold nothing.
    private static void AssertReported(EngineMemory memory, long allocated) =>
        Assert.InRange(allocated - (memory.Parameters + memory.Activations + memory.Portraits), 0, 1024);

    private static Task<TalkingHeadEngine> LoadAsync(CpuDevice device, int? renderLanes = null) =>
        TestEngines.LoadAsync(new EngineOptions { RenderWorkers = renderLanes }, device.CreateQueue());

    /// <summary>A clip of which one frame was read, and no more is made before the next is asked for.</summary>
    private sealed class Begun(TalkingClip clip, IAsyncEnumerator<VideoFrame> reader) : IAsyncDisposable
    {
        public TalkingClip Clip => clip;

        public static async Task<Begun> StartAsync(TalkingHeadEngine engine, PreparedPortrait portrait)
        {
            TalkingClip clip = engine.Speak(portrait, TestEngines.Voice(frames: 100), TestEngines.Options() with { FramesAhead = 1 });
            IAsyncEnumerator<VideoFrame> reader = clip.GetAsyncEnumerator(Token);
            Assert.True(await reader.MoveNextAsync());
            return new Begun(clip, reader);
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }

    /// <summary>What the process and the device hold.</summary>
    private readonly record struct Usage(long DeviceBytes, long HeapBytes, long Handles, long Threads)
    {
        public bool IsNoMoreThan(Usage before) =>
            HeapBytes <= before.HeapBytes * 1.05 && Handles <= before.Handles * 1.05 && Threads <= before.Threads * 1.05;

        public static async Task<Usage> MeasureAsync(TalkingHeadEngine engine, CpuDevice device)
        {
            await TestEngines.UntilAsync(() => engine.Memory is { ClipCount: <= 1, PortraitCount: <= 2 });
            long heap = 0;
            for (int round = 0; round < 3; round++)
            {
                heap = GC.GetTotalMemory(forceFullCollection: true);
                GC.WaitForPendingFinalizers();
            }

            using var process = Process.GetCurrentProcess();

            // The pool's threads come and go as it likes.
            return new Usage(device.AllocatedBytes, heap, process.HandleCount, process.Threads.Count - ThreadPool.ThreadCount);
        }
    }
}

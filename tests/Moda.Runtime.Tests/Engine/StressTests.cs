using System.Collections.Concurrent;
using System.Diagnostics;
using Moda.Kernels.Cpu;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Many callers do everything at once that callers may do, in an order that differs each time.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class StressTests
{
    private const int Callers = 12;
    private const int Seconds = 20;
    private const int Seed = 20;

    /// <summary>Whoever waits longer than this was forgotten.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly ConcurrentBag<Exception> unobserved = [];
    private readonly ConcurrentDictionary<string, int> outcomes = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private volatile TalkingHeadEngine engine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private bool IsOver => watch.Elapsed.TotalSeconds > Seconds;

    [Fact]
    public async Task Everything_at_once_ends_as_it_should()
    {
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            using var device = new CpuDevice();
            engine = await LoadAsync(device);
            Task[] callers = [.. Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(new Random(Seed + number)), Token))];
            while (!IsOver)
            {
                await Task.Delay(TimeSpan.FromSeconds(Seconds / 4.0), Token);
                TalkingHeadEngine old = engine;
                engine = await LoadAsync(device);
                await old.DisposeAsync().AsTask().WaitAsync(Patience, Token);
                Assert.Equal((0, 0, 0), (old.Memory.ClipCount, old.Memory.PortraitCount, old.LiveClips));
            }

            await Task.WhenAll(callers);
            await TestEngines.UntilAsync(() =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return engine.Memory is { ClipCount: 0, PortraitCount: 0 } && engine.LiveClips == 0;
            });
            await engine.DisposeAsync();
            Assert.Equal(0, device.AllocatedBytes);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        string seen = string.Join(", ", outcomes.OrderBy(outcome => outcome.Key).Select(outcome => $"{outcome.Value} {outcome.Key}"));
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.Empty(unobserved);
        Assert.True(outcomes.ContainsKey(nameof(ObjectDisposedException)), seen);
        Assert.True(outcomes.ContainsKey(nameof(OperationCanceledException)), seen);
    }

    private static Task<TalkingHeadEngine> LoadAsync(CpuDevice device) => TestEngines.LoadAsync(
        new EngineOptions { RenderLanes = 2, FramesPerBatch = 2, SegmentsPerBatch = 4, LiveClips = 2 }, device.CreateQueue());

    private void Note(object? sender, UnobservedTaskExceptionEventArgs failure) => unobserved.Add(failure.Exception);

    private async Task CallAsync(Random random)
    {
        while (!IsOver)
        {
            Count(await CallOnceAsync(random));
        }
    }

    private void Count(string outcome) => outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);

    // What a caller may be told, and nothing else; a hang is told by WaitAsync.
    private async Task<string> CallOnceAsync(Random random)
    {
        try
        {
            using var stop = new CancellationTokenSource();
            TalkingHeadEngine current = engine;
            Task<PreparedPortrait> preparing = current.PrepareAsync(TestEngines.Portrait(random.Next(5)), stop.Token);
            if (random.Next(8) == 0)
            {
                stop.CancelAfter(random.Next(100));
            }

            PreparedPortrait portrait = await preparing.WaitAsync(Patience, Token);
            for (int clip = random.Next(4); clip >= 0; clip--)
            {
                Count(await SpeakAsync(current, portrait, random));
            }

            Assert.InRange(current.Memory.Lanes, 0, long.MaxValue);
            if (random.Next(2) == 0)
            {
                portrait.Dispose();
            }

            return "done";
        }
        catch (ObjectDisposedException)
        {
            return nameof(ObjectDisposedException);
        }
        catch (OperationCanceledException)
        {
            return nameof(OperationCanceledException);
        }
        catch (EngineFullException)
        {
            return nameof(EngineFullException);
        }
    }

    private static async Task<string> SpeakAsync(TalkingHeadEngine engine, PreparedPortrait portrait, Random random)
    {
        GenerationOptions options = TestEngines.Options((ulong)random.Next(5)) with
        {
            Pace = random.Next(3) == 0 ? Pace.Live : Pace.Offline,
            WhenFull = random.Next(2) == 0 ? WhenFull.Wait : WhenFull.Refuse,
            FramesAhead = random.Next(1, 4),
            Observer = random.Next(3) == 0 ? null : new NoFrames(),
        };
        using var stop = new CancellationTokenSource();
        TalkingClip clip = engine.Speak(portrait, new SlowReader(TestEngines.Voice(random.Next(1, 4)), random.Next(30)), options);
        Task<int> reading = ReadAsync(clip, random.Next(4), stop.Token);
        switch (random.Next(6))
        {
            case 0:
                await Task.Delay(random.Next(200), Token);
                await stop.CancelAsync();
                break;
            case 1:
                await Task.Delay(random.Next(200), Token);
                await clip.DisposeAsync().AsTask().WaitAsync(Patience, Token);
                break;
            case 2:
                portrait.Dispose();
                break;
            case 3:
                // Forgotten, read or not; what it is told is nobody's concern.
                _ = reading.ContinueWith(static left => left.Exception, TaskScheduler.Default);
                return "forgotten";
        }

        await reading.WaitAsync(Patience, Token);
        return "read";
    }

    // Reads a clip to its end, or leaves it; stalls at times.
    private static async Task<int> ReadAsync(TalkingClip clip, int most, CancellationToken cancellationToken)
    {
        int read = 0;
        await foreach (VideoFrame frame in clip.WithCancellation(cancellationToken))
        {
            Assert.Equal(read, frame.Index);
            Assert.Equal(frame.Width * frame.Height * 3, frame.Pixels.Length);
            if (++read > most)
            {
                break;
            }

            await Task.Delay(10 * most, cancellationToken);
        }

        return read;
    }

    /// <summary>A voice that comes slowly.</summary>
    private sealed class SlowReader(Waveform voice, int milliseconds) : ISampleReader
    {
        private readonly ISampleReader reader = voice.OpenReader();

        public string Description => reader.Description;

        public int SampleRate => reader.SampleRate;

        public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
        {
            await Task.Delay(milliseconds, cancellationToken);
            return await reader.ReadAsync(destination, cancellationToken);
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }
}

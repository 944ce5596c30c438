using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Testing.Devices;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>
/// Clips and live sessions take as much memory for their thousandth frame as for their two hundredth. The networks are not run: a frame of theirs
/// takes a third of a second on a small CPU, and what they allocate is tested with their ops.
/// </summary>
[Collection(nameof(AloneInProcess))]
public sealed class SteadyMemoryTests
{
    private const int First = 200;
    private const int Last = 1000;

    // The smallest buffer of a frame is its pixels, 96 x 80 x 3.
    private const int LargestForFrame = 10_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_clip_takes_no_memory_for_a_frame(bool isAsynchronous)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(device: new IdleDevice(isAsynchronous));
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        // Buffers that only a larger batch needs are made now, and not whenever there is one.
        await engine.WarmUpAsync(portrait, TestEngines.Options(), Token);

        // What its motion was made of is given back when there is no more to make.
        await using TalkingClip clip = engine.Speak(portrait, TestEngines.Voice(2 * Last), TestEngines.Options());
        var usage = new Usage();

        await foreach (VideoFrame frame in clip.WithCancellation(Token))
        {
            usage.Look(frame.Index);
            if (frame.Index == Last)
            {
                break;
            }
        }

        usage.AssertSteady();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_live_session_takes_no_memory_for_a_frame(bool isAsynchronous)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { LiveClips = 1, Time = new FastTime() }, new IdleDevice(isAsynchronous));
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        await engine.WarmUpAsync(portrait, TestEngines.Options(), Token);
        ReadOnlyMemory<float> voice = TestEngines.Voice(frames: 1).Samples;
        await using LiveSession session = engine.OpenLive(portrait, new LiveOptions { Generation = TestEngines.Options() });
        await session.WriteAsync(TestEngines.Voice(frames: 10).Samples, Token);
        var usage = new Usage();

        await foreach (LiveFrame frame in session.WithCancellation(Token))
        {
            usage.Look(frame.Image.Index);
            if (frame.Image.Index == Last)
            {
                break;
            }

            await session.WriteAsync(voice, Token);
        }

        usage.AssertSteady();
    }

    /// <summary>A clock that runs ten times as fast as time: a thousand frames are due within 4 s.</summary>
    private sealed class FastTime : TimeProvider
    {
        private const int Times = 10;

        public override long TimestampFrequency => base.TimestampFrequency / Times;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Shortened(dueTime), Shortened(period));

        private static TimeSpan Shortened(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Times;
    }

    /// <summary>What the process allocates and holds from the first frame that counts to the last.</summary>
    private sealed class Usage
    {
        private (long Allocated, long Heap, long Process) first;
        private (long Allocated, long Heap, long Process) last;

        public void Look(int frame)
        {
            if (frame == First)
            {
                first = Now();
            }
            else if (frame == Last)
            {
                last = Now();
            }
        }

        public void AssertSteady()
        {
            Assert.NotEqual(default, last);
            AssertFew(last.Allocated - first.Allocated, "allocated");
            AssertFew(last.Heap - first.Heap, "kept on the heap");
            AssertFew(last.Process - first.Process, "kept in the process");
        }

        private static void AssertFew(long bytes, string what)
        {
            long each = bytes / (Last - First);
            TestContext.Current.SendDiagnosticMessage($"{each} bytes {what} for each frame");
            Assert.True(each < LargestForFrame, $"{each} bytes {what} for each frame");
        }

        private static (long Allocated, long Heap, long Process) Now() =>
            (GC.GetTotalAllocatedBytes(precise: true), GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}

using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Testing.Devices;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Clips and live sessions take as much memory for their thousandth frame as for their two hundredth.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class SteadyMemoryTests
{
    // By then every buffer has been made.
    private const int First = 200;
    private const int Last = 1000;

    // The smallest buffer of a frame is its pixels, 96 x 80 x 3.
    private const int LargestForFrame = 10_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A frame of the CPU takes a third of a second; DubMemoryTests renders a few there.
    public static TheoryData<string> DeviceNames => [nameof(IdleDevice), .. TestEngines.DeviceNames.Where(name => name != "cpu")];

    [Theory]
    [MemberData(nameof(DeviceNames))]
    public async Task A_long_clip_takes_no_memory_for_a_frame(string device)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(device: Open(device));
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        await using TalkingClip clip = engine.Speak(portrait, TestEngines.Voice(Last + 1), TestEngines.Options());
        var usage = new Usage();

        await foreach (VideoFrame frame in clip.WithCancellation(Token))
        {
            usage.Look(frame.Index);
        }

        usage.AssertSteady();
    }

    [Theory]
    [MemberData(nameof(DeviceNames))]
    public async Task A_long_live_session_takes_no_memory_for_a_frame(string device)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { LiveClips = 1 }, Open(device));
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
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

    private static Device Open(string name) => name == nameof(IdleDevice) ? new IdleDevice() : TestEngines.Open(name);

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

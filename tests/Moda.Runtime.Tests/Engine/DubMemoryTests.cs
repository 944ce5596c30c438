using Moda.Kernels.Cpu;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A dub takes as much memory for its last frames as for its first.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class DubMemoryTests
{
    // Frames until every buffer has been made.
    private const int First = 8;
    private const int Counted = 6;
    private const int Windows = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frame_allocates_next_to_nothing()
    {
        using TemporaryFolder folder = new();
        Ffmpeg? ffmpeg = Ffmpeg.TryLocate();
        Assert.SkipWhen(ffmpeg is null, "ffmpeg is not installed");
        string path = await new TestVideos(ffmpeg, folder.Path).FaceAsync("face.mkv", frames: First + (Windows * Counted) + 8, rate: 50);
        using var device = new CpuDevice(2);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(device: device.CreateQueue());
        using PreparedVideo video = await engine.PrepareVideoAsync(path, cancellationToken: Token);
        GenerationOptions quick = TestEngines.Options();
        var options = new DubbingOptions
        {
            Generation = new DubbingOptions().Generation with { Sampling = quick.Sampling, Audio = quick.Audio },
        };

        await using TalkingClip clip = engine.Dub(video, TestEngines.Voice(frames: 1), options);
        var heap = new List<long>();
        var onDevice = new List<long>();
        await foreach (VideoFrame frame in clip.WithCancellation(Token))
        {
            if (frame.Index >= First && (frame.Index - First) % Counted == 0)
            {
                heap.Add(GC.GetTotalAllocatedBytes(precise: true));
                onDevice.Add(device.AllocatedBytes);
                if (heap.Count > Windows)
                {
                    break;
                }
            }
        }

        // A frame more than usual that is on its way takes new buffers once; what every frame takes shows in each window.
        long least = heap.Zip(heap.Skip(1), (start, end) => (end - start) / Counted).Min();

        // The smallest buffers of a frame are its pixels (230 KB) and what the networks read of it (197 KB).
        Assert.True(least < 120_000, $"{least} bytes for each frame");
        Assert.Contains(onDevice.Zip(onDevice.Skip(1)), window => window.First == window.Second);
    }
}

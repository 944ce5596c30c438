using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Inventory;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Engines with tiny synthetic weights, and what their clips are made of: few frames, since each takes a third of a second.</summary>
internal static class TestEngines
{
    /// <summary>Frames of a clip.</summary>
    public const int SpeechFrames = 2;

    /// <summary>Threads of a CPU device: tests run side by side, each with a device of its own.</summary>
    private static readonly int Threads = Math.Min(2, Environment.ProcessorCount);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The devices that tests run on: the CPU, and the GPU in both precisions where there is one.</summary>
    public static IReadOnlyList<string> DeviceNames { get; } = ["cpu", "cuda-f16", "cuda-f32"];

    private static string? CudaProblem { get; } = CudaDevices.Enumerate().Problem?.Split(';')[0];

    /// <summary>Opens one of the devices; skips the test where there is none.</summary>
    public static Device Open(string name)
    {
        if (name == "cpu")
        {
            return new CpuDevice(Threads);
        }

        Assert.SkipUnless(CudaProblem is null, CudaProblem ?? string.Empty);
        return new CudaDevice(TestGpu.Ordinal, name == "cuda-f16" ? ElementType.Float16 : ElementType.Float32);
    }

    /// <summary>Loads an engine.</summary>
    public static async Task<TalkingHeadEngine> LoadAsync(EngineOptions? options = null, Device? device = null)
    {
        using WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
        return await TalkingHeadEngine.LoadAsync(weights, device ?? new CpuDevice(Threads), options, progress: null, Token);
    }

    /// <summary>A portrait of noise with a face's points; frames of 96 x 80.</summary>
    public static Portrait Portrait(int seed = 3)
    {
        var image = new RgbImage(96, 80);
        new Random(seed).NextBytes(image.Pixels);
        return Runtime.Faces.Portrait.Create(image, new FaceLandmarks([new(40, 35), new(56, 36), new(48, 44), new(42, 50), new(54, 50)]));
    }

    /// <summary>A dub with few steps.</summary>
    public static DubbingOptions Dubbing(PasteBackMode pasteBack)
    {
        GenerationOptions usual = new DubbingOptions().Generation;
        GenerationOptions quick = Options();
        return new DubbingOptions { Generation = usual with { PasteBack = pasteBack, Sampling = quick.Sampling, Audio = quick.Audio } };
    }

    /// <summary>A voice of some frames.</summary>
    public static Waveform Voice(int frames = SpeechFrames, float pitch = 0.05f)
    {
        float[] samples = new float[frames * AudioPreparation.SamplesPerFrame];
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = 0.3f * MathF.Sin(pitch * n) * MathF.Sin(0.0007f * n);
        }

        return new Waveform(samples);
    }

    /// <summary>Options that need little work.</summary>
    public static GenerationOptions Options(ulong seed = 42) => new()
    {
        Seed = seed,
        Sampling = new MotionSamplingOptions { Steps = 2 },
        Audio = new AudioPreparationOptions { Silence = SilenceMode.None },
    };

    /// <summary>Reads a clip to its end and keeps its frames.</summary>
    public static async Task<byte[][]> FramesAsync(IAsyncEnumerable<VideoFrame> clip, CancellationToken? cancellationToken = null)
    {
        var frames = new List<byte[]>();
        await foreach (VideoFrame frame in clip.WithCancellation(cancellationToken ?? Token))
        {
            frames.Add(frame.Pixels.ToArray());
        }

        return [.. frames];
    }

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<bool> holds, double seconds = 30, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        for (int wait = 0; !holds(); wait++)
        {
            Assert.True(wait < seconds * 100, $"It took longer than {seconds} s: {what}");
            await Task.Delay(10, Token);
        }
    }
}

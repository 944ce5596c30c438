using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Tiny weights, a portrait, a voice, and a folder that is empty again after each test class.</summary>
public sealed class Workplace : IDisposable
{
    public Workplace()
    {
        Folder = Directory.CreateTempSubdirectory("moda-cli-").FullName;
        Weights = Path.Combine(Folder, "weights");
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, seed: 0, Weights);
        Voice = Path.Combine(Folder, "voice.wav");
        WriteTone(Voice, samples: 3200);
        Landmarks = Path.Combine(Folder, "points.json");
        File.WriteAllText(Landmarks, "[[203, 100.75], [246.75, 103], [225, 126.25], [205.5, 141.25], [242.5, 142]]");
    }

    /// <summary>Where tests write.</summary>
    public string Folder { get; }

    /// <summary>Synthetic weights.</summary>
    public string Weights { get; }

    /// <summary>0.2 s of a tone: five frames.</summary>
    public string Voice { get; }

    /// <summary>The portrait's landmarks.</summary>
    public string Landmarks { get; }

    /// <summary>The portrait.</summary>
    public string Portrait { get; } = TestData.Path("assets", "portrait.png");

    /// <summary>A path in the folder.</summary>
    public string Place(string name) => Path.Combine(Folder, name);

    /// <summary>The name of a video that can be written here: where ffmpeg is missing, one that needs none.</summary>
    public static string VideoName(string name) => name + (Ffmpeg.TryLocate() is null ? ".y4m" : ".mp4");

    /// <summary>Makes videos in the folder; skips the test where there is no ffmpeg.</summary>
    internal TestVideos Videos()
    {
        Ffmpeg? ffmpeg = Ffmpeg.TryLocate();
        Assert.SkipWhen(ffmpeg is null, "ffmpeg is not installed");
        return new TestVideos(ffmpeg, Folder);
    }

    /// <summary>Writes 16-bit mono at 16 kHz.</summary>
    public static void WriteTone(string path, int samples)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write(36 + 2 * samples);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(16000);
        writer.Write(32000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples);
        for (int n = 0; n < samples; n++)
        {
            writer.Write((short)(8000 * Math.Sin(0.1 * n) * Math.Sin(0.001 * n)));
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

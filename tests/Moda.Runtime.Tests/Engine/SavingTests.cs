using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Clips that become files by one call, and what leads to them.</summary>
public sealed class SavingTests : EngineTests
{
    [Fact]
    public async Task A_clip_becomes_a_video_with_its_voice()
    {
        Assert.SkipUnless(Ffmpeg.TryLocate() is not null, "There is no ffmpeg.");
        using TemporaryFolder folder = new();
        Waveform samples = TestEngines.Voice(frames: 3);

        foreach (string name in (string[])["samples.mp4", "frames.y4m"])
        {
            await using TalkingClip clip = engine.Speak(portrait, samples, TestEngines.Options());
            await clip.SaveAsync(folder.File(name), cancellationToken: Token);
        }

        await using SoundTrack heard = await SoundTrack.DecodeAsync(folder.File("samples.mp4"), cancellationToken: Token);
        Assert.InRange(heard.Duration.TotalSeconds, 0.1, 0.15);
        Assert.StartsWith("YUV4MPEG2 W96 H80", await File.ReadAllTextAsync(folder.File("frames.y4m"), System.Text.Encoding.Latin1, Token));
    }

    [Fact]
    public async Task An_existing_file_is_kept_and_no_frame_is_made_for_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("clip.y4m");
        await File.WriteAllTextAsync(path, "mine", Token);
        await using TalkingClip clip = Speak();

        await Assert.ThrowsAsync<VideoFileException>(() => clip.SaveAsync(path, cancellationToken: Token));
        await clip.SaveAsync(path, new VideoOutputOptions { Overwrite = true }, Token);

        Assert.NotEqual("mine", await File.ReadAllTextAsync(path, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => clip.SaveAsync(folder.File("again.y4m"), cancellationToken: Token));
        Assert.False(File.Exists(folder.File("again.y4m")));
    }

    [Fact]
    public async Task A_copied_frame_stays_as_it_was()
    {
        var kept = new List<VideoFrame>();
        var expected = new List<byte[]>();
        await foreach (VideoFrame frame in Speak(frames: 3))
        {
            kept.Add(frame.Copy());
            expected.Add(frame.Pixels.ToArray());
        }

        Assert.Equal(expected, kept.Select(frame => frame.Pixels.ToArray()));
    }

    [Fact]
    public async Task A_program_without_weights_is_told_which_package_has_them()
    {
        DirectoryNotFoundException error = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => TalkingHeadEngine.LoadAsync(cancellationToken: Token));

        Assert.Contains("Add the package Moda.OpenCheckpoint", error.Message);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Files;
using Moda.Runtime.Processes;
using Moda.Runtime.Tests.Media;
using Moda.Testing;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

public sealed class SoundTrackTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sound_that_begins_late_begins_with_silence()
    {
        InstalledFfmpeg.Require();

        await using SoundTrack track = await SoundTrack.DecodeAsync(TestData.Path("faults", "late.mp4"), cancellationToken: Token);
        float[] speech = await SpeechOf(track);

        // The container starts the sound at 0.536 s, and it lasts 3.52 s.
        Assert.Equal(4.056, track.Duration.TotalSeconds, 0.001);
        Assert.Equal(4.056 * 16000, speech.Length, 16.0);
        Assert.All(speech[..(int)(0.535 * 16000)], sample => Assert.Equal(0, sample));
        Assert.Contains(speech[(int)(0.536 * 16000)..(int)(0.7 * 16000)], sample => Math.Abs(sample) > 0.01);
    }

    [Theory]
    [InlineData("late.ts", "aac")]
    [InlineData("late.mpg", "mp2")]
    [InlineData("late.mov", "aac")]
    [InlineData("late.mkv", "flac")]
    [InlineData("late.webm", "libopus")]
    [InlineData("late.flv", "aac")]
    public async Task Sound_begins_where_its_container_says(string name, string codec)
    {
        string path = await MakeAsync(
            name,
            "-f", "lavfi", "-i", "color=size=64x64:duration=4", "-itsoffset", "0.6", "-f", "lavfi", "-i", "sine=440:duration=3:sample_rate=48000",
            "-map", "0:v", "-map", "1:a", "-c:a", codec);

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        float[] speech = await SpeechOf(track);

        Assert.Equal(0.6, Array.FindIndex(speech, sample => Math.Abs(sample) > 0.01) / 16000.0, 0.04);
        Assert.Equal(3.6, Array.FindLastIndex(speech, sample => Math.Abs(sample) > 0.01) / 16000.0, 0.04);
    }

    [Fact]
    public async Task What_the_networks_hear_is_what_is_muxed()
    {
        string path = folder.File("a.wav");
        float[] left = Tone(440, 16000);
        float[] right = Tone(550, 16000);
        await WriteWavAsync(path, [.. left.SelectMany((sample, n) => new[] { sample, right[n] })], channels: 2, rate: 16000);

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        float[] speech = await SpeechOf(track);
        float[] muxed = MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(track.Path, Token)).ToArray();

        Assert.Equal((2, 16000), (track.Channels, track.SampleRate));
        Assert.Equal(left.SelectMany((sample, n) => new[] { sample, right[n] }), muxed);
        Assert.Equal(left.Select((sample, n) => (float)(((double)sample + right[n]) / 2)), speech);
    }

    [Theory]
    [InlineData("wav")]
    [InlineData("mka")]
    public async Task Sound_that_lasts_longer_than_allowed_is_refused(string ending)
    {
        string path = await MakeAsync("long." + ending, "-f", "lavfi", "-i", "sine=440:duration=3:sample_rate=16000", "-c:a", "pcm_s16le");
        await using FileStream stream = File.OpenRead(path);

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync(stream, TimeSpan.FromSeconds(2.5), Token));
        Assert.Contains("2.5 s", error.Message, StringComparison.Ordinal);
        stream.Position = 0;
        await using SoundTrack allowed = await SoundTrack.DecodeAsync(stream, TimeSpan.FromSeconds(3), Token);
        Assert.Equal(3, allowed.Duration.TotalSeconds, 0.002);
    }

    [Fact]
    public async Task A_hole_is_filled_with_silence()
    {
        string path = await MakeAsync(
            "hole.mkv",
            "-f", "lavfi", "-i", "sine=440:duration=3:sample_rate=16000,asetnsamples=160,aselect='not(between(t,1,1.8))'", "-c:a", "pcm_s16le");

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        float[] speech = await SpeechOf(track);

        Assert.Equal(3.0, track.Duration.TotalSeconds, 0.002);
        Assert.All(speech[16200..28600], sample => Assert.Equal(0, sample));
        Assert.Contains(speech[29000..30000], sample => Math.Abs(sample) > 0.05);
    }

    [Fact]
    public async Task Times_that_run_back_cut_nothing()
    {
        string path = await MakeAsync(
            "back.mkv",
            "-f", "lavfi", "-i", "sine=440:duration=3:sample_rate=16000,asetnsamples=1600,asetpts='if(gt(T,2),PTS-16000,PTS)'",
            "-c:a", "pcm_s16le", "-fflags", "+genpts");

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);

        Assert.Equal(3.0, track.Duration.TotalSeconds, 0.05);
    }

    [Theory]
    [InlineData("mp3")]
    [InlineData("adts")]
    public async Task A_rate_that_changes_keeps_the_time(string format)
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        string path = folder.File("two rates.bin");
        await using (FileStream file = File.Create(path))
        {
            foreach (string rate in (string[])["44100", "22050"])
            {
                await ffmpeg.RunAsync(
                    "encoding", ["-f", "lavfi", "-i", $"sine=440:duration=2:sample_rate={rate}", "-f", format, "pipe:1"], output: file, cancellationToken: Token);
            }
        }

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        float[] speech = await SpeechOf(track);

        // Encoders put some frames of their own around the sound.
        Assert.Equal(4.0, track.Duration.TotalSeconds, 0.3);
        Assert.Equal(4.0 * 16000, speech.Count(sample => Math.Abs(sample) > 0.001), 4800.0);
    }

    [Fact]
    public async Task A_damaged_packet_moves_nothing()
    {
        string path = await MakeAsync("damaged.m4a", "-f", "lavfi", "-i", "sine=440:duration=4:sample_rate=16000", "-c:a", "aac");
        await using SoundTrack sound = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        byte[] bytes = await File.ReadAllBytesAsync(path, Token);
        int middle = bytes.AsSpan().IndexOf("mdat"u8) + 4 + bytes.Length / 3;
        bytes.AsSpan(middle, 2000).Fill(0xFF);
        await File.WriteAllBytesAsync(path, bytes, Token);

        await using SoundTrack damaged = await SoundTrack.DecodeAsync(path, cancellationToken: Token);

        Assert.Equal(sound.Duration.TotalSeconds, damaged.Duration.TotalSeconds, 0.04);
    }

    [Fact]
    public async Task Times_that_ask_for_hours_of_silence_are_refused()
    {
        string path = await MakeAsync(
            "hours.mkv",
            "-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=16000,asetpts='if(gt(T,1),PTS+16000*86400,PTS)'", "-c:a", "pcm_s16le");

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync(path, cancellationToken: Token));

        Assert.Contains("its times are damaged", error.Message);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 6)]
    [InlineData(9, 1)]
    public async Task Channels_that_no_video_takes_become_one(int channels, int expected)
    {
        string path = folder.File("channels.wav");
        await WriteWavAsync(path, [.. Enumerable.Repeat(0.25f, 8000 * channels)], channels, rate: 16000);

        await using SoundTrack track = await SoundTrack.DecodeAsync(path, cancellationToken: Token);

        Assert.Equal(expected, track.Channels);
        Assert.Equal(8000 * expected * sizeof(float), new FileInfo(track.Path).Length);
        Assert.All(await SpeechOf(track), sample => Assert.Equal(0.25f, sample));
    }

    [Theory]
    [InlineData("voice.wav")]
    [InlineData("voice.m4a")]
    public async Task A_pipe_is_read_as_a_file_is(string name)
    {
        string source = await MakeAsync(name, "-i", Ffmpeg.FileArgument(TestData.Path("assets", "speech.wav")));
        string pipe = folder.File("pipe");
        await Fifo.CreateOrSkipAsync(pipe);
        Task writing = Task.Run(() => File.WriteAllBytes(pipe, File.ReadAllBytes(source)), Token);

        await using SoundTrack piped = await SoundTrack.DecodeAsync(pipe, cancellationToken: Token);
        await writing;

        await using SoundTrack expected = await SoundTrack.DecodeAsync(source, cancellationToken: Token);
        Assert.Equal(await SpeechOf(expected), await SpeechOf(piped));
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_left_when_cancelled()
    {
        string pipe = folder.File("pipe");
        await Fifo.CreateOrSkipAsync(pipe);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        source.CancelAfter(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SoundTrack.DecodeAsync(pipe, cancellationToken: source.Token));

        // Lets the thread go that still waits.
        await File.WriteAllBytesAsync(pipe, [], Token);
    }

    [Theory]
    [InlineData("voice.wav")]
    [InlineData("voice.flac")]
    public async Task A_pipe_that_falls_silent_is_left_when_cancelled(string name)
    {
        string source = await MakeAsync(name, "-i", Ffmpeg.FileArgument(TestData.Path("assets", "speech.wav")));
        string pipe = folder.File("pipe");
        await Fifo.CreateOrSkipAsync(pipe);
        using CancellationTokenSource cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<SoundTrack> decoding = SoundTrack.DecodeAsync(pipe, cancellationToken: cancelled.Token);
        await using FileStream writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), Token);
        byte[] bytes = await File.ReadAllBytesAsync(source, Token);
        await writer.WriteAsync(bytes.AsMemory(0, 20000), Token);
        await writer.FlushAsync(Token);
        await Task.Delay(300, Token);
        Stopwatch watch = Stopwatch.StartNew();

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decoding);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task A_full_folder_for_temporary_files_is_named_and_left_empty()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip(folder.File("disk"), kilobytes: 64);
        using (SpoolFile file = SoundSpool.Create(disk.Path))
        {
            AudioException error = await Assert.ThrowsAsync<AudioException>(
                async () => await file.WriteAsync(new MemoryStream(new byte[1_000_000]), Token));

            Assert.Contains(disk.Path, error.Message);
            Assert.Contains("the disk is full", error.Message);
            Assert.DoesNotContain(".part", error.Message);
        }

        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    [Theory]
    [InlineData("playlist.mp3", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nSECRET\n#EXT-X-ENDLIST\n")]
    [InlineData("script.mp3", "ffconcat version 1.0\nfile SECRET\n")]
    public async Task A_list_that_names_other_files_is_refused(string name, string text)
    {
        InstalledFfmpeg.Require();
        string secret = TestData.Path("assets", "speech.wav");
        string path = folder.File(name);
        await File.WriteAllTextAsync(path, text.Replace("SECRET", secret, StringComparison.Ordinal), Token);

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync(path, cancellationToken: Token));

        Assert.Contains("such as a playlist", error.Message);
        Assert.DoesNotContain(secret, error.Message);
    }

    [Fact]
    public async Task Devices_and_samples_that_are_no_numbers_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs /dev/zero");
        AudioException device = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync("/dev/zero", cancellationToken: Token));
        string path = folder.File("nan.wav");
        float[] samples = new float[16000];
        samples[4000] = float.NaN;
        await WriteWavAsync(path, samples, channels: 1, rate: 16000);
        AudioException number = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync(path, cancellationToken: Token));

        Assert.Contains("not an ordinary file", device.Message);
        Assert.Contains("not a finite number at 0.250 s", number.Message);
    }

    public void Dispose() => folder.Dispose();

    private static float[] Tone(double frequency, int rate) =>
        [.. Enumerable.Range(0, rate).Select(n => 0.5f * MathF.Sin((float)(2 * Math.PI * frequency * n / rate)))];

    private static async Task<float[]> SpeechOf(SoundTrack track)
    {
        await using ISampleReader reader = track.OpenSpeech();
        return await reader.ReadToEndAsync(Token);
    }

    private static Task WriteWavAsync(string path, float[] samples, int channels, int rate) => File.WriteAllBytesAsync(
        path, WavBytes.Build(WavBytes.Float32(samples), WavBytes.FloatingPointTag, channels, rate, bytesPerSample: 4), Token);

    /// <summary>Writes a sound or a video with ffmpeg and gives its path.</summary>
    private async Task<string> MakeAsync(string name, params string[] arguments)
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        string path = folder.File(name);
        await ffmpeg.RunAsync("making " + name, [.. arguments, Ffmpeg.FileArgument(path)], cancellationToken: Token);
        return path;
    }
}

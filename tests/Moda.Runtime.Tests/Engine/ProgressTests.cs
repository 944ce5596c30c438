using Moda.Runtime.Audio;
using Moda.Runtime.Dubbing;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>How many frames there will be is said from the first report on, where the voice's length is known.</summary>
public sealed class ProgressTests
{
    private const int CdRate = 44100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SilenceMode.None)]
    [InlineData(SilenceMode.Both)]
    public async Task A_sound_track_says_its_frames_before_and_while_they_are_made(SilenceMode silence)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        await using SoundTrack voice = await TrackAsync((3 * CdRate / GenerationOptions.FramesPerSecond) - 10);
        var reports = new Reports();
        await using TalkingClip clip = engine.Speak(portrait, voice, InShortPieces(silence), reports);

        int? before = clip.FrameCount;
        int frames = (await TestEngines.FramesAsync(clip)).Length;

        Assert.Equal(2, frames);
        Assert.Equal((frames, frames), (before, clip.FrameCount));
        int generated = frames + (silence == SilenceMode.Both ? 2 * GenerationOptions.FramesPerSecond : 0);
        Assert.Equal([generated], reports.TotalsOf(GenerationStage.EncodingAudio).Distinct());
        Assert.Equal([generated], reports.TotalsOf(GenerationStage.GeneratingMotion).Distinct());
        Assert.Equal([frames, frames], reports.TotalsOf(GenerationStage.RenderingFrames));
    }

    [Fact]
    public async Task A_reader_that_does_not_know_its_length_has_no_total_before_its_end()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        var reports = new Reports();
        await using TalkingClip clip = engine.Speak(
            portrait,
            new ReleasedReader(TestEngines.Voice(frames: 30).OpenReader()),
            InShortPieces(SilenceMode.None) with { Observer = new NoFrames() },
            reports);

        Assert.Null(clip.FrameCount);
        _ = await TestEngines.FramesAsync(clip);

        // Pieces of 25 frames and of 5, then the end.
        Assert.Equal([0, 0, 30], reports.TotalsOf(GenerationStage.EncodingAudio));
        Assert.Equal(30, reports.TotalsOf(GenerationStage.GeneratingMotion)[^1]);
    }

    [Theory]
    [InlineData(16000, 1, 1280)]
    [InlineData(44100, 1, 2000)]
    [InlineData(44100, 2, 44101)]
    [InlineData(8000, 2, 7999)]
    public async Task A_sound_track_knows_how_many_samples_its_speech_has(int rate, int channels, int count)
    {
        await using SoundTrack track = await TrackAsync(count, rate, channels);
        await AssertKnownAsync(track.OpenSpeech());
        await AssertKnownAsync(track.OpenChannel(channels - 1, Waveform.SampleRate));
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(0, 5000)]
    [InlineData(3000, 3000)]
    [InlineData(500, 500)]
    public Task A_fitted_voice_knows_its_length(int least, int most) =>
        AssertKnownAsync(new FittedVoice(TestEngines.Voice().OpenReader(), least, most));

    [Fact]
    public async Task Voices_that_end_together_know_that_of_the_longest()
    {
        var joint = new JointVoices();
        ISampleReader[] voices = [joint.Add(TestEngines.Voice(frames: 2).OpenReader()), joint.Add(TestEngines.Voice(frames: 5).OpenReader())];
        await Task.WhenAll(voices.Select(AssertKnownAsync));

        joint.Add(new ReleasedReader(TestEngines.Voice().OpenReader()));
        Assert.Null(voices[0].KnownLength());
    }

    private static async Task AssertKnownAsync(ISampleReader reader)
    {
        await using (reader)
        {
            Assert.Equal((await reader.ReadToEndAsync(Token)).Length, reader.KnownLength());
        }
    }

    private static GenerationOptions InShortPieces(SilenceMode silence)
    {
        GenerationOptions quick = TestEngines.Options();
        return quick with { Audio = quick.Audio with { Silence = silence, SilenceDuration = TimeSpan.FromSeconds(1), PieceDuration = TimeSpan.FromSeconds(1) } };
    }

    private static Task<SoundTrack> TrackAsync(int count, int rate = CdRate, int channels = 1)
    {
        float[] samples = [.. Enumerable.Range(0, count * channels).Select(n => 0.3f * MathF.Sin(0.05f * n))];
        return SoundTrack.FromSamplesAsync(new[] { (ReadOnlyMemory<float>)samples }.ToAsyncEnumerable(), rate, channels, Token);
    }

    private sealed class Reports : IProgress<GenerationProgress>
    {
        private readonly List<GenerationProgress> all = [];

        public void Report(GenerationProgress value)
        {
            lock (all)
            {
                all.Add(value);
            }
        }

        public int[] TotalsOf(GenerationStage stage)
        {
            lock (all)
            {
                return [.. all.Where(report => report.Stage == stage).Select(report => report.Total)];
            }
        }
    }
}

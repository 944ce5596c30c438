using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Xunit;

namespace Moda.Runtime.Tests.Live;

/// <summary>Windows go on from what was shown, hear what was written, and are sampled no more often than they must be.</summary>
public sealed class LiveWindowTests
{
    private const int Width = MotionLayout.Width;
    private const int FrameLength = AudioPreparation.SamplesPerFrame;
    private const int LookAhead = 3;
    private const int Advance = 4;

    private readonly Recorder recorder = new();
    private readonly SpeechBuffer speech = new(capacity: 400);
    private readonly LiveWindow window;
    private readonly List<long?> positions = [];
    private readonly List<AudioPiece> heard = [];

    public LiveWindowTests()
    {
        var conditions = new MotionRequest
        {
            Options = new MotionSamplingOptions(),
            Emotion = (int)Emotion.None,
            Keypoints = new float[MotionLayout.KeypointLength],
            PreviousMotion = new float[Width],
            Noise = NoiseSources.Philox(3),
        };
        var encoder = new LiveEncoder(Normalizes: false, WindowLength: 10, TokenChannels: 1);
        window = new LiveWindow(new WindowSampler(recorder, conditions), Encode, speech, encoder, LookAhead);

        // The token of a frame is its first sample.
        Task Encode(AudioPiece piece, Memory<float> tokens, CancellationToken cancellationToken)
        {
            if (recorder.Keeps)
            {
                heard.Add(piece with { InputValues = piece.InputValues.ToArray() });
            }

            for (int frame = 0; frame < piece.Frames; frame++)
            {
                tokens.Span[frame] = piece.InputValues.Span[40 + (frame * FrameLength)];
            }

            return Task.CompletedTask;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_window_holds_what_was_shown()
    {
        await window.StartAsync(Token);
        var shown = new List<float>(recorder.Segments[0].Motion.ToArray());
        await speech.WriteAsync(Voice(60), Token);
        speech.EndUtterance();
        for (int block = 0; block < 20; block++)
        {
            await StepAsync(speaks: block is > 2 and < 18);
        }

        // Frames are made by the index of their own noise, so that those of neighbouring windows agree.
        Assert.All(recorder.Segments.Skip(1), segment =>
        {
            int held = segment.Held.Length / Width;
            int first = (int)segment.Motion.Span[^1] + 1 - recorder.Plan.Length;
            Assert.InRange(held, recorder.Plan.Length / 2, recorder.Plan.Length - 1);
            Assert.All(Enumerable.Range(0, held), frame => Assert.Equal(first + frame, segment.Held.Span[frame * Width]));
            Assert.Equal(first + held - 1, segment.Held.Span[^Width]);
        });
    }

    [Fact]
    public async Task Silence_takes_a_segment_for_many_frames()
    {
        await window.StartAsync(Token);
        int before = recorder.Segments.Count;
        for (int block = 0; block < 25; block++)
        {
            await StepAsync(speaks: false);
        }

        Assert.All(positions, position => Assert.Null(position));
        Assert.InRange(recorder.Segments.Count - before, 2, 4);
    }

    [Fact]
    public async Task Speech_that_comes_slowly_takes_a_segment_for_each_advance_and_hears_no_more_than_there_is()
    {
        await window.StartAsync(Token);
        int before = recorder.Segments.Count;
        float[] voice = Voice(40);
        int written = 0;
        for (int block = 0; block < 8; block++)
        {
            int wanted = (block * Advance) + Advance + LookAhead;
            await speech.WriteAsync(voice.AsMemory(written * FrameLength, (wanted - written) * FrameLength), Token);
            written = wanted;
            await StepAsync(speaks: true);

            // The last tokens of the window are those of the frames that were written last.
            ReadOnlySpan<float> tokens = recorder.Segments[^1].AudioTokens.Span;
            Assert.Equal([.. Enumerable.Range(wanted - Advance - LookAhead, Advance + LookAhead).Select(frame => voice[frame * FrameLength])], tokens[^(Advance + LookAhead)..].ToArray());
        }

        Assert.Equal(8, recorder.Segments.Count - before);
        Assert.Equal([.. Enumerable.Range(0, 8 * Advance).Select(frame => (long?)(frame * FrameLength))], positions);
    }

    [Fact]
    public async Task Speech_that_is_known_takes_few_segments()
    {
        await window.StartAsync(Token);
        await speech.WriteAsync(Voice(100), Token);
        speech.EndUtterance();
        int before = recorder.Segments.Count;
        while (speech.State.Frames > 0)
        {
            await StepAsync(speaks: true);
        }

        Assert.InRange(recorder.Segments.Count - before, 3, 4);
        Assert.Equal([.. Enumerable.Range(0, 100).Select(frame => (long?)(frame * FrameLength))], positions);
    }

    [Fact]
    public async Task An_interruption_is_followed_by_silence_at_once()
    {
        await window.StartAsync(Token);
        await speech.WriteAsync(Voice(100), Token);
        await StepAsync(speaks: true);
        int before = recorder.Segments.Count;

        speech.Interrupt();
        await StepAsync(speaks: false);

        Assert.Equal(before + 1, recorder.Segments.Count);
        Assert.All(positions[Advance..], position => Assert.Null(position));
        Assert.All(recorder.Segments[^1].AudioTokens.Span[^40..].ToArray(), token => Assert.Equal(0, token));
    }

    [Fact]
    public async Task An_unknown_continuation_is_the_echo_and_a_known_one_silence()
    {
        await window.StartAsync(Token);
        float[] voice = Voice(10);
        await speech.WriteAsync(voice, Token);
        await StepAsync(speaks: true);
        ReadOnlyMemory<float> open = heard[^1].InputValues;
        speech.Interrupt();
        await speech.WriteAsync(voice, Token);
        speech.EndUtterance();
        await StepAsync(speaks: true);
        ReadOnlyMemory<float> whole = heard[^1].InputValues;

        int end = 40 + (80 * FrameLength);
        Assert.Equal(voice[^1], open.Span[end - 1]);
        Assert.Equal([.. voice.Reverse().Take(100)], open.Slice(end, 100).ToArray());
        Assert.All(whole.Slice(end - (30 * FrameLength), 30 * FrameLength).ToArray(), sample => Assert.Equal(0, sample));
    }

    [Fact]
    public async Task A_thousand_frames_keep_nothing()
    {
        await window.StartAsync(Token);
        recorder.Keeps = false;
        float[] voice = Voice(Advance);
        long bytes = window.ByteLength;
        await RunAsync(100);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        await RunAsync(250);
        long each = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (250 * Advance);

        // A frame of motion is 280 bytes; a segment that is asked for takes a few small objects.
        Assert.InRange(each, 0, 2048);
        Assert.Equal(bytes, window.ByteLength);

        async Task RunAsync(int blocks)
        {
            for (int block = 0; block < blocks; block++)
            {
                await speech.WriteAsync(voice, Token);
                await StepAsync(speaks: speech.State.Frames > LookAhead);
                positions.Clear();
            }
        }
    }

    private static float[] Voice(int frames) =>
        [.. Enumerable.Range(0, frames * FrameLength).Select(n => 0.1f + (0.05f * MathF.Sin(0.37f * n)))];

    private async Task StepAsync(bool speaks)
    {
        SpeechState state = speech.State;
        await window.PrepareAsync(state, speaks, !state.IsOpen, Token);
        window.Take(Advance, positions.Add);
    }

    /// <summary>Makes each frame of the number of its noise, and keeps what it was asked for.</summary>
    private sealed class Recorder : ISegmentSampler
    {
        private readonly Dictionary<float, int> numbers = [];

        public List<SegmentInput> Segments { get; } = [];

        public bool Keeps { get; set; } = true;

        public SegmentPlan Plan { get; } = new(80);

        public Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken)
        {
            for (int frame = 0; frame < Plan.Length; frame++)
            {
                segment.Motion.Span.Slice(frame * Width, Width).Fill(NumberOf(segment.Noise.Span[frame * Width]));
            }

            if (Keeps)
            {
                Segments.Add(new SegmentInput
                {
                    Options = segment.Options,
                    Emotion = segment.Emotion,
                    Keypoints = segment.Keypoints,
                    AudioTokens = segment.AudioTokens.ToArray(),
                    PreviousMotion = segment.PreviousMotion.ToArray(),
                    Held = segment.Held.ToArray(),
                    Noise = segment.Noise.ToArray(),
                    Motion = segment.Motion.ToArray(),
                });
            }

            return Task.CompletedTask;
        }

        private int NumberOf(float noise)
        {
            if (!Keeps)
            {
                return 0;
            }

            if (numbers.Count == 0)
            {
                float[] drawn = new float[Width];
                for (int number = 0; number < 2000; number++)
                {
                    NoiseSources.Philox(3)(number, drawn);
                    numbers.TryAdd(drawn[0], number);
                }
            }

            return numbers[noise];
        }
    }
}

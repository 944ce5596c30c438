using System.Buffers;
using System.Threading.Channels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Samples.Window;

/// <summary>A frame to show: BGRA pixels of a pooled array, when it is due after the first, and the first sample that is heard with it.</summary>
internal sealed record LivePicture(byte[] Pixels, int Width, int Height, TimeSpan Time, long? AudioPosition);

/// <summary>
/// A live session on threads of its own. Its frames are copied into a channel, in their order: where nobody takes them the session waits,
/// and where the engine is slow they come later. The window's thread calls all members, and none waits but <see cref="Dispose"/>.
/// </summary>
internal sealed class LivePortrait : IDisposable
{
    // Samples of a frame at 25 frames/s.
    private const int FrameLength = Waveform.SampleRate / 25;

    private readonly Channel<LivePicture> pictures = Channel.CreateBounded<LivePicture>(4);
    private readonly CancellationTokenSource ending = new();
    private Task running = Task.CompletedTask;
    private volatile LiveSession? session;
    private Waveform voice;
    private long written;
    private long played;

    /// <summary>Whether the voice is being said.</summary>
    public bool IsSpeaking { get; private set; }

    /// <summary>The engine's device; empty while it is loaded.</summary>
    public string Device { get; private set; } = "";

    public void Start(string image, string sound) => running = Task.Run(() => RunAsync(image, sound, ending.Token));

    /// <summary>Takes the next frame; null where there is none yet.</summary>
    /// <exception cref="Exception">What ended the session.</exception>
    public LivePicture? TryTake()
    {
        if (running.IsFaulted)
        {
            running.GetAwaiter().GetResult();
        }

        return pictures.Reader.TryRead(out LivePicture? picture) ? picture : null;
    }

    /// <summary>Says the voice, or stops saying it.</summary>
    public void Toggle()
    {
        if (IsSpeaking)
        {
            Interrupt();
        }
        else if (session is { } live)
        {
            IsSpeaking = true;
            written += voice.Samples.Length;
            _ = SayAsync(live);
        }
    }

    public void Interrupt()
    {
        IsSpeaking = false;
        session?.Interrupt();
    }

    /// <summary>The samples to play when a frame is shown: those up to the end of the next frame, so that the sound does not break off before it.</summary>
    public ReadOnlySpan<float> TakeSound(long position)
    {
        // The session counts all samples that were written to it, and each time that is the whole voice.
        int length = voice.Samples.Length;
        long begin = Math.Max(position, played);
        long end = Math.Min(position + (2 * FrameLength), ((position / length) + 1) * length);
        IsSpeaking &= position + FrameLength < written;
        played = Math.Max(begin, end);
        return voice.Samples.Span.Slice((int)(begin % length), (int)(played - begin));
    }

    /// <summary>Ends the session and waits until the engine has released everything.</summary>
    public void Dispose()
    {
        ending.Cancel();
        Task.WhenAny(running).Wait();
        ending.Dispose();
    }

    private async Task SayAsync(LiveSession live)
    {
        await live.WriteAsync(voice.Samples);
        live.EndUtterance();
    }

    private async Task RunAsync(string image, string sound, CancellationToken cancellationToken)
    {
        voice = await Waveform.ReadAsync(sound, cancellationToken);

        // One live clip is let in, however slow the engine is.
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(
            options: new EngineOptions { LiveClips = 1 }, cancellationToken: cancellationToken);
        using PreparedPortrait portrait = await engine.PrepareAsync(image, cancellationToken: cancellationToken);
        await engine.WarmUpAsync(portrait, new GenerationOptions { Pace = Pace.Live }, cancellationToken);

        // The buffer has room for the whole voice, so that writing it never waits.
        await using LiveSession live = engine.OpenLive(portrait, new LiveOptions { Buffer = voice.Duration + TimeSpan.FromSeconds(1) });
        Device = engine.DeviceName;
        session = live;
        await foreach (LiveFrame frame in live.WithCancellation(cancellationToken))
        {
            byte[] pixels = ArrayPool<byte>.Shared.Rent(frame.Image.LengthIn(PixelFormat.Bgra32));
            frame.Image.CopyTo(pixels, PixelFormat.Bgra32);
            var picture = new LivePicture(pixels, frame.Image.Width, frame.Image.Height, frame.Image.Timestamp, frame.AudioPosition);
            await pictures.Writer.WriteAsync(picture, cancellationToken);
        }
    }
}

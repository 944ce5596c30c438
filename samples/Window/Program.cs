// Shows a portrait that is alive in a window of the desktop. Space says the voice, I or a second Space interrupts it, Escape ends.
//
//   dotnet run --project samples/Window [portrait.jpg] [voice.wav]
//
// It needs SDL2. Where there is no sound: SDL_AUDIODRIVER=dummy.

using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Moda.Samples.Window;
using Moda.Weights;

if (args.Length > 2)
{
    Console.Error.WriteLine("Give at most two paths: portrait.jpg voice.wav");
    return 2;
}

try
{
    // Disposed from the last to the first: the window closes at once, then the engine ends its work. Nothing is awaited here, since
    // the code behind an await goes on in another thread and SDL wants the main one.
    using var portrait = new LivePortrait();
    using var window = new SdlWindow("Loading", 512, 512);
    string folder = AppContext.BaseDirectory;
    portrait.Start(args.ElementAtOrDefault(0) ?? Path.Combine(folder, "portrait.png"), args.ElementAtOrDefault(1) ?? Path.Combine(folder, "speech.wav"));
    Run(window, portrait);
    return 0;
}
catch (Exception error) when (error is SdlException or ModaException or IOException or ArgumentException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static void Run(SdlWindow window, LivePortrait portrait)
{
    // Ctrl+C and kill end it as Escape does.
    bool ended = false;
    void End(PosixSignalContext context) => context.Cancel = ended = true;
    using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

    TimeSpan patience = TimeSpan.FromMilliseconds(5);
    long second = Stopwatch.GetTimestamp();
    long clock = second;
    TimeSpan first = default;
    int shown = 0;
    LivePicture? next = null;
    while (!ended)
    {
        next ??= portrait.TryTake();
        TimeSpan wait = next is null ? patience : first + next.Time - Stopwatch.GetElapsedTime(clock);
        if (next is not null && wait <= TimeSpan.Zero)
        {
            // A frame that comes late is shown at once and moves those behind it, so that they neither hurry nor pile up their sound.
            first -= wait;
            window.Show(next.Pixels, next.Width, next.Height);
            if (next.AudioPosition is { } position)
            {
                window.Play(portrait.TakeSound(position));
            }

            if (next.Time == TimeSpan.Zero)
            {
                Console.WriteLine($"The portrait lives on {portrait.Device}. Space speaks, I interrupts, Escape ends.");
            }

            ArrayPool<byte>.Shared.Return(next.Pixels);
            next = null;
            shown++;
        }

        if (portrait.Device.Length > 0 && Stopwatch.GetElapsedTime(second) is { TotalSeconds: >= 1 } time)
        {
            window.SetTitle($"{shown / time.TotalSeconds:0.0} frames/s, {portrait.Device}");
            second = Stopwatch.GetTimestamp();
            shown = 0;
        }

        switch (SdlWindow.WaitForKey(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < patience ? wait : patience))
        {
            case SdlWindow.Escape:
                ended = true;
                break;
            case SdlWindow.Space:
                portrait.Toggle();
                break;
            case 'i':
                portrait.Interrupt();
                break;
        }
    }
}

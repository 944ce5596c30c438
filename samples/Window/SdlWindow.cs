using System.Runtime.InteropServices;
using Moda.Runtime.Audio;

namespace Moda.Samples.Window;

/// <summary>A window that shows pictures, plays sound and hears keys. One thread uses it: the main one.</summary>
internal sealed class SdlWindow : IDisposable
{
    public const int Escape = 27;
    public const int Space = 32;

    private readonly nint window;
    private readonly nint renderer;
    private readonly uint sound;
    private nint texture;

    public SdlWindow(string title, int width, int height)
    {
        Sdl.Require(Sdl.Init(Sdl.InitVideo | Sdl.InitAudio) == 0, "start");
        window = Sdl.CreateWindow(title, Sdl.Centered, Sdl.Centered, width, height, Sdl.Resizable);
        Sdl.Require(window != 0, "open a window");
        renderer = Sdl.CreateRenderer(window, driver: -1, flags: 0);
        Sdl.Require(renderer != 0, "draw in the window");

        // 512 samples are 32 ms: the sound is that much behind the lips.
        var format = new Sdl.AudioSpec { Frequency = Waveform.SampleRate, Format = Sdl.Float32, Channels = 1, Samples = 512 };
        sound = Sdl.OpenAudioDevice(name: 0, isCapture: 0, format, obtained: 0, allowedChanges: 0);
        Sdl.Require(sound != 0, "play sound");
        Sdl.PauseAudioDevice(sound, pause: 0);
    }

    public void SetTitle(string title) => Sdl.SetWindowTitle(window, title);

    /// <summary>Waits for a key.</summary>
    /// <returns>The key; Escape where the window is closed, 0 where nothing was pressed in time.</returns>
    public static int WaitForKey(TimeSpan time) => Sdl.WaitEventTimeout(out Sdl.Event happened, (int)time.TotalMilliseconds) == 0 ? 0 : happened.Type switch
    {
        Sdl.QuitEvent => Escape,
        Sdl.KeyDownEvent when happened.Repeat == 0 => happened.Key,
        _ => 0,
    };

    /// <summary>Shows pixels: uint8 [height, width, 4], in BGRA order. A window of another shape gets margins.</summary>
    public void Show(ReadOnlySpan<byte> pixels, int width, int height)
    {
        if (texture == 0)
        {
            Sdl.Require(Sdl.RenderSetLogicalSize(renderer, width, height) == 0, "scale pictures");
            texture = Sdl.CreateTexture(renderer, Sdl.Bgra32, Sdl.Streaming, width, height);
            Sdl.Require(texture != 0, "make a texture");
        }

        Sdl.Require(Sdl.UpdateTexture(texture, rectangle: 0, pixels, pitch: width * 4) == 0, "copy a picture");
        Sdl.Require(Sdl.RenderClear(renderer) == 0, "clear the window");
        Sdl.Require(Sdl.RenderCopy(renderer, texture, source: 0, destination: 0) == 0, "draw a picture");
        Sdl.RenderPresent(renderer);
    }

    /// <summary>Plays mono samples at 16 kHz behind those that are still playing.</summary>
    public void Play(ReadOnlySpan<float> samples)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(samples);
        Sdl.Require(Sdl.QueueAudio(sound, bytes, bytes.Length) == 0, "play sound");
    }

    /// <summary>Closes the window and ends the sound at once.</summary>
    public void Dispose() => Sdl.Quit();
}

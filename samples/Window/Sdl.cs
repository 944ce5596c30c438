using System.Reflection;
using System.Runtime.InteropServices;

namespace Moda.Samples.Window;

/// <summary>What the window uses of SDL2 (https://wiki.libsdl.org/SDL2). The main thread makes all of these calls: macOS takes no other.</summary>
internal static partial class Sdl
{
    public const uint InitAudio = 0x10;
    public const uint InitVideo = 0x20;
    public const int Centered = 0x2FFF0000;
    public const uint Resizable = 0x20;
    public const uint Bgra32 = 0x16362004;
    public const int Streaming = 1;
    public const ushort Float32 = 0x8120;
    public const uint QuitEvent = 0x100;
    public const uint KeyDownEvent = 0x300;

    private const string Library = "SDL2";
    private static readonly string[] FileNames =
        ["SDL2", "libSDL2-2.0.so.0", "libSDL2-2.0.0.dylib", "/opt/homebrew/lib/libSDL2-2.0.0.dylib", "/usr/local/lib/libSDL2-2.0.0.dylib"];

    static Sdl() => NativeLibrary.SetDllImportResolver(typeof(Sdl).Assembly, Load);

    [LibraryImport(Library, EntryPoint = "SDL_Init")]
    public static partial int Init(uint systems);

    [LibraryImport(Library, EntryPoint = "SDL_Quit")]
    public static partial void Quit();

    [LibraryImport(Library, EntryPoint = "SDL_CreateWindow", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateWindow(string title, int left, int top, int width, int height, uint flags);

    [LibraryImport(Library, EntryPoint = "SDL_SetWindowTitle", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetWindowTitle(nint window, string title);

    [LibraryImport(Library, EntryPoint = "SDL_CreateRenderer")]
    public static partial nint CreateRenderer(nint window, int driver, uint flags);

    [LibraryImport(Library, EntryPoint = "SDL_RenderSetLogicalSize")]
    public static partial int RenderSetLogicalSize(nint renderer, int width, int height);

    [LibraryImport(Library, EntryPoint = "SDL_CreateTexture")]
    public static partial nint CreateTexture(nint renderer, uint format, int access, int width, int height);

    [LibraryImport(Library, EntryPoint = "SDL_UpdateTexture")]
    public static partial int UpdateTexture(nint texture, nint rectangle, ReadOnlySpan<byte> pixels, int pitch);

    [LibraryImport(Library, EntryPoint = "SDL_RenderClear")]
    public static partial int RenderClear(nint renderer);

    [LibraryImport(Library, EntryPoint = "SDL_RenderCopy")]
    public static partial int RenderCopy(nint renderer, nint texture, nint source, nint destination);

    [LibraryImport(Library, EntryPoint = "SDL_RenderPresent")]
    public static partial void RenderPresent(nint renderer);

    [LibraryImport(Library, EntryPoint = "SDL_WaitEventTimeout")]
    public static partial int WaitEventTimeout(out Event happened, int milliseconds);

    [LibraryImport(Library, EntryPoint = "SDL_OpenAudioDevice")]
    public static partial uint OpenAudioDevice(nint name, int isCapture, in AudioSpec wanted, nint obtained, int allowedChanges);

    [LibraryImport(Library, EntryPoint = "SDL_PauseAudioDevice")]
    public static partial void PauseAudioDevice(uint device, int pause);

    [LibraryImport(Library, EntryPoint = "SDL_QueueAudio")]
    public static partial int QueueAudio(uint device, ReadOnlySpan<byte> samples, int length);

    /// <summary>Throws where a call failed, with what SDL says about it.</summary>
    public static void Require(bool succeeded, string doing)
    {
        if (!succeeded)
        {
            throw new SdlException($"SDL could not {doing}: {Marshal.PtrToStringUTF8(GetError())}.");
        }
    }

    // SDL keeps the text, so it is not marshalled as a string, which would be freed.
    [LibraryImport(Library, EntryPoint = "SDL_GetError")]
    private static partial nint GetError();

    private static nint Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (string file in FileNames)
        {
            if (NativeLibrary.TryLoad(file, assembly, path, out nint handle))
            {
                return handle;
            }
        }

        throw new SdlException("SDL2 is not installed: apt-get install libsdl2-2.0-0, brew install sdl2, or put SDL2.dll beside the program.");
    }

    /// <summary>SDL_Event, of which closing and keys are read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 56)]
    public readonly struct Event
    {
        [FieldOffset(0)]
        public readonly uint Type;

        [FieldOffset(13)]
        public readonly byte Repeat;

        [FieldOffset(20)]
        public readonly int Key;
    }

    /// <summary>SDL_AudioSpec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AudioSpec
    {
        public int Frequency;
        public ushort Format;
        public byte Channels;
        public byte Silence;
        public ushort Samples;
        public ushort Padding;
        public uint Size;
        public nint Callback;
        public nint UserData;
    }
}

/// <summary>SDL2 is missing or has refused something.</summary>
internal sealed class SdlException(string message) : Exception(message);

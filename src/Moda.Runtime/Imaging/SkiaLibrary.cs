using System.Runtime.InteropServices;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Skia's native library, which lies beside a program that was published as a single file, and may have been left behind.</summary>
internal static class SkiaLibrary
{
    private static readonly Lazy<bool> IsThere = new(() => NativeLibrary.TryLoad("libSkiaSharp", typeof(SKCodec).Assembly, searchPath: null, out _));

    /// <summary>The file's name on this system.</summary>
    public static string FileName =>
        OperatingSystem.IsWindows() ? "libSkiaSharp.dll" : OperatingSystem.IsMacOS() ? "libSkiaSharp.dylib" : "libSkiaSharp.so";

    /// <summary>Throws where the library cannot be loaded.</summary>
    /// <param name="path">The image that needs it.</param>
    /// <exception cref="ImageFileException">It cannot be loaded; the message names the file that is missing.</exception>
    public static void Require(string path)
    {
        if (!IsThere.Value)
        {
            throw new ImageFileException(path, MissingProblem(AppContext.BaseDirectory));
        }
    }

    /// <summary>The sentence on what is missing.</summary>
    internal static string MissingProblem(string folder) =>
        $"images need {FileName}, which could not be loaded. It belongs beside the program, in '{folder}': copy it there from the folder or archive that the program came from.";
}

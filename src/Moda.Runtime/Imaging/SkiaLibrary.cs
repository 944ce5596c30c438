using System.Runtime.InteropServices;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Checks Skia's native library. It lies beside a program that is published as a single file, and may be missing when only the program was
/// copied.
/// </summary>
internal static class SkiaLibrary
{
    private static readonly Lazy<bool> IsThere = new(() => NativeLibrary.TryLoad("libSkiaSharp", typeof(SKCodec).Assembly, searchPath: null, out _));

    /// <summary>The library's file name on this system.</summary>
    public static string FileName =>
        OperatingSystem.IsWindows() ? "libSkiaSharp.dll" : OperatingSystem.IsMacOS() ? "libSkiaSharp.dylib" : "libSkiaSharp.so";

    /// <summary>Throws when the library cannot be loaded.</summary>
    /// <param name="path">The image that is being read, for the message.</param>
    /// <exception cref="ImageFileException">The library cannot be loaded. The message names the missing file.</exception>
    public static void Require(string path)
    {
        if (!IsThere.Value)
        {
            throw new ImageFileException(path, MissingProblem(AppContext.BaseDirectory));
        }
    }

    /// <summary>The sentence that names the missing file.</summary>
    internal static string MissingProblem(string folder) =>
        $"images need {FileName}, which could not be loaded. It belongs beside the program, in '{folder}': copy it there from the folder or archive that the program came from.";
}

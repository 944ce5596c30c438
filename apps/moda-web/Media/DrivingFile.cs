using SkiaSharp;

namespace Moda.Web.Media;

/// <summary>What a portrait may be driven by.</summary>
internal enum DrivingFileKind
{
    /// <summary>A video.</summary>
    Video,

    /// <summary>A picture.</summary>
    Picture,

    /// <summary>Motion that <c>moda</c> has kept, as safetensors.</summary>
    Motion,

    /// <summary>A pickle, which is refused: services read no format that was made to hold programs.</summary>
    Pickle,
}

/// <summary>Tells by its first bytes what a driving file is.</summary>
internal static class DrivingFile
{
    /// <summary>Tells what a file is.</summary>
    /// <param name="path">One of the service's own files.</param>
    public static DrivingFileKind KindOf(string path)
    {
        // Safetensors begin with the length of their header, 8 bytes, and its brace; a pickle of protocol 2 or later with 0x80 and the protocol.
        Span<byte> start = stackalloc byte[9];
        using (FileStream file = File.OpenRead(path))
        {
            int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (read == start.Length && start[8] == (byte)'{' && BitConverter.ToUInt64(start) < (ulong)file.Length)
            {
                return DrivingFileKind.Motion;
            }

            if (read >= 2 && start[0] == 0x80 && start[1] <= 5)
            {
                return DrivingFileKind.Pickle;
            }
        }

        using SKCodec? codec = SKCodec.Create(path);
        return codec is null ? DrivingFileKind.Video : DrivingFileKind.Picture;
    }
}

namespace Moda.Runtime.Files;

/// <summary>
/// Reads files, pipes and devices into memory, up to a limit. Files are not memory-mapped: a file that is truncated during the reading
/// gives fewer bytes, whereas touching a map past the file's end would kill the process.
/// </summary>
internal static class BoundedFile
{
    /// <summary>The number of first bytes that are enough to recognise a file's kind.</summary>
    public const int StartLength = 64;

    private const int FirstBuffer = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A file, a pipe or a FIFO. Reading waits for the writer of a pipe.</param>
    /// <param name="mostBytes">The limit in bytes. It is larger than any real file of this kind.</param>
    /// <param name="checkStart">
    /// Receives the first <see cref="StartLength"/> bytes, or fewer from a shorter file. It throws when the file is of the wrong kind.
    /// </param>
    /// <returns>The bytes; null when the file is longer than the limit.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The permissions forbid reading, or the path is a folder.</exception>
    public static byte[]? Read(string path, int mostBytes, Action<ReadOnlyMemory<byte>>? checkStart = null)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] bytes = new byte[file.CanSeek ? (int)Math.Clamp(file.Length + 1, FirstBuffer, mostBytes + 1L) : FirstBuffer];
        int length = file.ReadAtLeast(bytes, StartLength, throwOnEndOfStream: false);
        checkStart?.Invoke(bytes.AsMemory(0, Math.Min(length, StartLength)));
        while (length <= mostBytes)
        {
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, mostBytes + 1L));
            }

            int read = file.Read(bytes, length, bytes.Length - length);
            if (read == 0)
            {
                Array.Resize(ref bytes, length);
                return bytes;
            }

            length += read;
        }

        return null;
    }
}

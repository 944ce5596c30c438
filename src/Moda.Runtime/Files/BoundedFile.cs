namespace Moda.Runtime.Files;

/// <summary>
/// Files, pipes and devices read whole into memory, up to a limit. Nothing is mapped: a file that becomes shorter meanwhile is read as a
/// shorter one, where a touch behind the end of a map would end the process.
/// </summary>
internal static class BoundedFile
{
    /// <summary>Bytes at the start that tell what a file is.</summary>
    public const int StartLength = 64;

    private const int FirstBuffer = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A file, a pipe or a FIFO, which is waited for.</param>
    /// <param name="mostBytes">More than any file of the kind has.</param>
    /// <param name="checkStart">
    /// Sees the first <see cref="StartLength"/> bytes, or fewer where there are no more, and throws where it is pointless to read on.
    /// </param>
    /// <returns>The bytes; null where there are more than the limit.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions forbid it, or it is a folder.</exception>
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

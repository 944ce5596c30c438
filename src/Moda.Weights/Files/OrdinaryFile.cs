using Microsoft.Win32.SafeHandles;

namespace Moda.Weights.Files;

/// <summary>
/// Reads only files that have a length. The operating system also opens devices and pipes as files; they may never end, or wait for a
/// writer, and would block the reader forever.
/// </summary>
internal static class OrdinaryFile
{
    /// <summary>The length of a file in bytes. Links are followed. Devices and pipes return 0; they are not opened.</summary>
    /// <exception cref="IOException">The file does not exist.</exception>
    public static long Length(string path)
    {
        if (!File.Exists(path))
        {
            throw Directory.Exists(path)
                ? new IOException($"'{path}' is a folder, but a file is needed.")
                : new FileNotFoundException($"There is no file '{path}'.", path);
        }

        var file = new FileInfo(path);
        FileSystemInfo target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)!;
        return target is FileInfo { Exists: true } found ? found.Length : 0;
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The file '{path}' cannot be read: its permissions forbid it.", exception);
        }
    }

    /// <summary>Reads a small file, such as <c>moda.json</c>, into memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">The limit in bytes. It is larger than any real file of this kind.</param>
    /// <exception cref="CheckpointFormatException">The file is empty or longer than the limit.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static byte[] ReadSmall(string path, int mostBytes)
    {
        using var file = new WeightFile(path);
        if (file.Length > mostBytes)
        {
            throw new CheckpointFormatException(path, $"it has {file.Length} bytes; {mostBytes} are more than any such file needs.");
        }

        return ForeignFiles.Describe(FileKinds.Recognise(file), expected: null) is string problem
            ? throw new CheckpointFormatException(path, problem)
            : file.ReadBytes(0, (int)file.Length);
    }
}

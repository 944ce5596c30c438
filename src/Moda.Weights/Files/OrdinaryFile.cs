using Microsoft.Win32.SafeHandles;

namespace Moda.Weights.Files;

/// <summary>
/// Files as something that has a length and ends. Devices and pipes are files to the operating system too: one that never ends, or that
/// waits for a writer, would keep a reader forever.
/// </summary>
internal static class OrdinaryFile
{
    /// <summary>The bytes of a file, through links; 0 for a device or a pipe. Nothing is opened.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
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
    /// <exception cref="IOException">It cannot be read.</exception>
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

    /// <summary>Reads a description, such as <c>moda.json</c>, whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">More than any real one has.</param>
    /// <exception cref="CheckpointFormatException">It is empty or longer.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
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

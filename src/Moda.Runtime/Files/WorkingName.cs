namespace Moda.Runtime.Files;

/// <summary>
/// A name for unfinished files: <c>.moda-*</c> in the folder where they are written. A locked file beside them shows other processes that
/// their owner still runs. Taking a name first removes the unfinished files of processes that have ended.
/// </summary>
internal sealed class WorkingName : IDisposable
{
    private const string Start = ".moda-";
    private const string LockEnding = ".lock";

    private readonly string stem;
    private readonly FileStream claim;

    private WorkingName(string stem, FileStream claim)
    {
        this.stem = stem;
        this.claim = claim;
    }

    private string LockPath => stem + LockEnding;

    /// <summary>Takes a name. The operating system releases the lock whenever the process ends, also after a crash.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public static WorkingName Take(string folder)
    {
        while (true)
        {
            string stem = Path.Combine(folder, $"{Start}{Guid.NewGuid():N}");
            FileStream claim;
            try
            {
                claim = new FileStream(stem + LockEnding, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(stem + LockEnding))
            {
                // Another process opened the new file before this one locked it. Take another name.
                continue;
            }
            WorkingName name = new(stem, claim);
            // A second lock on the same file succeeds where the file system does not support locks. Files of ended processes then cannot be
            // recognised, so nothing is removed.
            if (TryLock(name.LockPath) is { } second)
            {
                second.Dispose();
            }
            else
            {
                RemoveDebris(folder);
            }
            return name;
        }
    }

    /// <summary>The path of a file or folder of this name.</summary>
    /// <param name="ending">The file name extension, with its dot.</param>
    public string PathOf(string ending) => stem + ending;

    /// <summary>Releases the name. Its files must be removed before.</summary>
    public void Dispose()
    {
        claim.Dispose();
        TryDelete(LockPath);
    }

    /// <summary>Removes an unfinished file or folder. Errors are ignored, because this runs after another error.</summary>
    /// <param name="path">A path from <see cref="PathOf"/>.</param>
    public static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path) && !File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void RemoveDebris(string folder)
    {
        try
        {
            foreach (string path in Directory.EnumerateFiles(folder, $"{Start}*{LockEnding}").ToArray())
            {
                string stem = path[..^LockEnding.Length];
                if (!Guid.TryParseExact(Path.GetFileName(stem)[Start.Length..], "N", out _) || TryLock(path) is not { } dead)
                {
                    continue;
                }
                using (dead)
                {
                    foreach (string left in Directory.EnumerateFileSystemEntries(folder, Path.GetFileName(stem) + ".*.part")
                        .Append(stem + ".part"))
                    {
                        TryDelete(left);
                    }
                }
                TryDelete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be removed does no harm.
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

namespace Moda.Runtime.Files;

/// <summary>
/// A name for unfinished files, <c>.moda-*</c> in the folder where they are written, with a locked file beside them that
/// tells other runs that their owner lives. A program that takes a name first removes what ended programs have left there.
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

    /// <summary>Takes a name. The system releases its lock when the process ends, however it ends.</summary>
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
                // Another run looked at the new file before it was locked.
                continue;
            }
            WorkingName name = new(stem, claim);
            // Where files cannot be locked, the dead cannot be told from the living.
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
    /// <param name="ending">With its dot.</param>
    public string PathOf(string ending) => stem + ending;

    /// <summary>Gives the name back; its files must be gone.</summary>
    public void Dispose()
    {
        claim.Dispose();
        TryDelete(LockPath);
    }

    /// <summary>Removes a file or folder that is unfinished. A disk that has gone is no failure: another one has led here.</summary>
    /// <param name="path">A path by <see cref="PathOf"/>.</param>
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
            // Debris is in nobody's way.
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

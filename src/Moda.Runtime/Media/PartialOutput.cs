using Moda.Runtime.Files;
using Moda.Weights.Files;

namespace Moda.Runtime.Media;

/// <summary>
/// A file or folder that is written under another name in the same folder and takes its own name only when it is
/// complete, so that nobody finds half of it. Whatever has that name is replaced only where that was allowed.
/// </summary>
internal sealed class PartialOutput : IDisposable
{
    private readonly string shown;
    private readonly string target;
    private readonly bool replaces;
    private readonly WorkingName name;
    private bool finished;

    // The target is the path with its links followed: a link stays, and what it leads to is written.
    private PartialOutput(string path, string target, bool replaces, WorkingName name)
    {
        shown = path;
        this.target = target;
        this.replaces = replaces;
        this.name = name;
    }

    /// <summary>The output's name as its user gave it.</summary>
    public string Shown => shown;

    /// <summary>Where the output ends up, links followed.</summary>
    public string Target => target;

    /// <summary>The name that it has until then.</summary>
    public string PartialPath => name.PathOf(".part");

    /// <summary>Another unfinished file's name, for output that is made in two steps.</summary>
    public string SecondPartialPath => name.PathOf(".second.part");

    /// <summary>Makes the empty file, which shows at once whether the place can be written to.</summary>
    /// <param name="path">The output.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="VideoFileException">It can't be, or there is one that may not be replaced.</exception>
    public static PartialOutput CreateFile(string path, bool overwrite)
    {
        string target = Follow(path);
        if (Directory.Exists(target))
        {
            throw new VideoFileException(path, "it is a folder; give a file name.");
        }
        if (File.Exists(target) && !overwrite)
        {
            throw new VideoFileException(path, "it exists. Give another name, or --overwrite to replace it.");
        }
        PartialOutput output = Create(path, target, overwrite);
        try
        {
            output.Guard(() =>
            {
                if (File.Exists(target))
                {
                    // A file that may not be written to may not be replaced either.
                    File.Open(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose();
                }
                File.Create(output.PartialPath).Dispose();
            });
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Makes the empty folder.</summary>
    /// <param name="path">The output.</param>
    /// <exception cref="VideoFileException">The place cannot be written to.</exception>
    public static PartialOutput CreateFolder(string path)
    {
        string target = Follow(Path.TrimEndingDirectorySeparator(path));
        if (File.Exists(target))
        {
            throw new VideoFileException(path, "it is a file; give a folder.");
        }
        PartialOutput output = Create(path, target, replaces: true);
        try
        {
            output.Guard(() =>
            {
                if (Directory.Exists(target))
                {
                    // Frames end up in the folder itself.
                    WorkingName.Take(target).Dispose();
                }
                Directory.CreateDirectory(output.PartialPath);
            });
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Gives a complete file its name, replacing what has it where that is allowed.</summary>
    public void CommitFile()
    {
        Guard(() =>
        {
            if (File.Exists(target) && replaces && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(PartialPath, File.GetUnixFileMode(target));
            }
            File.Move(PartialPath, target, overwrite: replaces);
        });
        Finish();
    }

    /// <summary>Gives a complete folder its name, or moves its files into the folder that has it.</summary>
    /// <param name="replaced">Files in that folder that go.</param>
    public void CommitFolder(IEnumerable<string> replaced)
    {
        Guard(() =>
        {
            if (!Directory.Exists(target))
            {
                Directory.Move(PartialPath, target);
                return;
            }
            foreach (string old in replaced)
            {
                File.Delete(old);
            }
            foreach (string file in Directory.EnumerateFiles(PartialPath))
            {
                File.Move(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
            }
            Directory.Delete(PartialPath);
        });
        Finish();
    }

    /// <summary>Does something with the disk and turns its failures into ones that say what to do.</summary>
    public void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(error);
        }
    }

    /// <summary>The exception for a failure of the disk.</summary>
    public VideoFileException Explain(Exception error) => Explain(shown, error);

    /// <summary>The exception for a failure of the disk.</summary>
    public static VideoFileException Explain(string path, Exception error) => new(path, DiskProblem.Describe(error), error);

    /// <summary>Removes what is there, unless it was committed.</summary>
    public void Dispose()
    {
        if (!finished)
        {
            WorkingName.TryDelete(PartialPath);
            WorkingName.TryDelete(SecondPartialPath);
            Finish();
        }
    }

    private static PartialOutput Create(string path, string target, bool replaces)
    {
        string folder = Path.GetDirectoryName(target) ?? throw new VideoFileException(path, "it is no name for a file.");
        if (!Directory.Exists(folder))
        {
            throw new VideoFileException(path, $"there is no folder '{Path.GetDirectoryName(path) ?? folder}'. Make it, or write elsewhere.");
        }
        try
        {
            return new PartialOutput(path, target, replaces, WorkingName.Take(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Explain(path, error);
        }
    }

    private static string Follow(string path)
    {
        try
        {
            return RealPath.Of(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Explain(path, error);
        }
    }

    private void Finish()
    {
        finished = true;
        name.Dispose();
    }
}

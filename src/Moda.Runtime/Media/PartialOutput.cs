using Moda.Runtime.Files;
using Moda.Weights.Files;

namespace Moda.Runtime.Media;

/// <summary>
/// A file or folder that has a temporary name in the same folder until it is complete, so that no program reads half an output. An existing
/// file or folder of the final name is replaced only when that is allowed.
/// </summary>
internal sealed class PartialOutput : IDisposable
{
    private readonly string shown;
    private readonly string target;
    private readonly bool replaces;
    private readonly WorkingName name;
    private bool finished;

    // The target is the path with its links followed. A link stays a link, and the file that it leads to is replaced.
    private PartialOutput(string path, string target, bool replaces, WorkingName name)
    {
        shown = path;
        this.target = target;
        this.replaces = replaces;
        this.name = name;
    }

    /// <summary>The output's path in the form that the user gave.</summary>
    public string Shown => shown;

    /// <summary>The final path of the output, with links followed.</summary>
    public string Target => target;

    /// <summary>The temporary path of the output.</summary>
    public string PartialPath => name.PathOf(".part");

    /// <summary>A second temporary path, for output that is made in two steps.</summary>
    public string SecondPartialPath => name.PathOf(".second.part");

    /// <summary>Creates the empty temporary file, which shows at once whether the folder can be written to.</summary>
    /// <param name="path">The path of the output.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="VideoFileException">The folder cannot be written to, or a file exists that may not be replaced.</exception>
    public static PartialOutput CreateFile(string path, bool overwrite)
    {
        string target = Follow(path);
        if (Directory.Exists(target))
        {
            throw new VideoFileException(path, "it is a folder; give a file name.");
        }
        if (File.Exists(target) && !overwrite)
        {
            throw new VideoFileException(path, "it exists. Give another name, or set Overwrite (--overwrite) to replace it.");
        }
        PartialOutput output = Create(path, target, overwrite);
        try
        {
            output.Guard(() =>
            {
                if (File.Exists(target))
                {
                    // A read-only file must not be replaced.
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

    /// <summary>Creates the empty temporary folder.</summary>
    /// <param name="path">The path of the output.</param>
    /// <exception cref="VideoFileException">The folder cannot be written to.</exception>
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
                    // The frames will be moved into this folder, so it must be writable.
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

    /// <summary>Gives a complete file its final name, and replaces an existing file if that is allowed.</summary>
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

    /// <summary>Gives a complete folder its final name, or moves its files into the existing folder of that name.</summary>
    /// <param name="replaced">The files of the existing folder to delete.</param>
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

    /// <summary>Runs an action on the disk, and turns its errors into exceptions that say what to do.</summary>
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

    /// <summary>Creates the exception for a disk error.</summary>
    public VideoFileException Explain(Exception error) => Explain(shown, error);

    /// <summary>Creates the exception for a disk error.</summary>
    public static VideoFileException Explain(string path, Exception error) => new(path, DiskProblem.Describe(error), error);

    /// <summary>Removes the temporary files, unless the output was committed.</summary>
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

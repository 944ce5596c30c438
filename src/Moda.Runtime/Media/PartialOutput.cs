namespace Moda.Runtime.Media;

/// <summary>
/// A file or folder that is written under another name in the same folder and takes its own name only when it is
/// complete, so that nobody finds half of it.
/// </summary>
internal sealed class PartialOutput : IDisposable
{
    private const int DiskFullOnUnix = 28;
    private const int DiskFullOnWindows = 112;
    private bool committed;

    private PartialOutput(string target)
    {
        Target = Path.GetFullPath(target);
        string folder = Path.GetDirectoryName(Target) ?? throw new VideoOutputException(target, "it is no name for a file.");
        PartialPath = Path.Combine(folder, $".moda-{Guid.NewGuid():N}.part");
    }

    /// <summary>The name that the output gets.</summary>
    public string Target { get; }

    /// <summary>The name that it has until then.</summary>
    public string PartialPath { get; }

    /// <summary>Makes the empty file, which shows at once whether the place can be written to.</summary>
    /// <exception cref="VideoOutputException">It cannot.</exception>
    public static PartialOutput CreateFile(string target)
    {
        PartialOutput output = new(target);
        if (Directory.Exists(output.Target))
        {
            throw new VideoOutputException(target, "it is a folder; give a file name.");
        }
        output.Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(output.PartialPath)!);
            File.Create(output.PartialPath).Dispose();
        });
        return output;
    }

    /// <summary>Makes the empty folder.</summary>
    /// <exception cref="VideoOutputException">The place cannot be written to.</exception>
    public static PartialOutput CreateFolder(string target)
    {
        PartialOutput output = new(Path.TrimEndingDirectorySeparator(target));
        if (File.Exists(output.Target))
        {
            throw new VideoOutputException(target, "it is a file; give a folder.");
        }
        output.Guard(() => Directory.CreateDirectory(output.PartialPath));
        return output;
    }

    /// <summary>Gives a complete file its name, replacing what has it.</summary>
    public void CommitFile()
    {
        Guard(() => File.Move(PartialPath, Target, overwrite: true));
        committed = true;
    }

    /// <summary>Gives a complete folder its name, or moves its files into the folder that has it.</summary>
    /// <param name="replaced">Files in that folder that belong to the previous output, as a pattern.</param>
    public void CommitFolder(string replaced)
    {
        Guard(() =>
        {
            if (!Directory.Exists(Target))
            {
                Directory.Move(PartialPath, Target);
                return;
            }
            foreach (string old in Directory.EnumerateFiles(Target, replaced))
            {
                File.Delete(old);
            }
            foreach (string file in Directory.EnumerateFiles(PartialPath))
            {
                File.Move(file, Path.Combine(Target, Path.GetFileName(file)), overwrite: true);
            }
            Directory.Delete(PartialPath);
        });
        committed = true;
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
    public VideoOutputException Explain(Exception error) => new(Target, Problem(error), error);

    /// <summary>Removes what is there, unless it was committed.</summary>
    public void Dispose()
    {
        if (committed)
        {
            return;
        }
        committed = true;
        try
        {
            if (Directory.Exists(PartialPath))
            {
                Directory.Delete(PartialPath, recursive: true);
            }
            else
            {
                File.Delete(PartialPath);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The disk or the folder has gone; the failure that led here is the one to report.
        }
    }

    private static string Problem(Exception error) => error switch
    {
        IOException { HResult: var code } when (code & 0xFFFF) is DiskFullOnUnix or DiskFullOnWindows =>
            "the disk is full. Free some space or write elsewhere.",
        UnauthorizedAccessException => "there is no permission to write there.",
        _ => $"it cannot be written: {error.Message}",
    };
}

using Moda.Weights.Files;

namespace Moda.Weights.Sets;

/// <summary>
/// A folder that is written completely or not at all. Files have temporary names until all of them are written. Unfinished files are
/// removed.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string path;
    private readonly string? created;
    private readonly List<(string Temporary, string Final)> files = [];

    private const string PartialEnd = ".partial";

    /// <summary>Refuses a folder that is not empty, before any work is done.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="overwrite">Whether files of the same names may be replaced, and the folder may hold other files.</param>
    /// <param name="inputs">The files that are read. They are never replaced, also when a link leads to them.</param>
    /// <param name="names">The files that will be written.</param>
    /// <exception cref="IOException">The folder is not empty, is a file, or an input would be replaced.</exception>
    public static void RequireFree(string path, bool overwrite, IEnumerable<string> inputs, IReadOnlyCollection<string> names)
    {
        if (File.Exists(path))
        {
            throw new IOException($"Cannot write to the folder '{path}': it is a file. Give another name.");
        }

        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (string input in inputs)
        {
            if (names.FirstOrDefault(name => RealPath.AreSame(input, Path.Combine(path, name))) is { } name)
            {
                throw new IOException($"Cannot write to the folder '{path}': its '{name}' is the input '{input}'. Give another folder.");
            }
        }

        if (overwrite)
        {
            return;
        }

        // Unfinished files of a killed process do not count.
        string[] found = [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Where(name => !IsPartial(name))];
        if (found.Contains(WeightSetDescription.FileName, StringComparer.Ordinal))
        {
            throw new IOException($"The folder '{path}' holds weights already. Give another folder, or set Overwrite (--overwrite) to replace them.");
        }

        if (found.Length > 0)
        {
            throw new IOException(
                $"The folder '{path}' holds '{found.Order(StringComparer.Ordinal).First()}', which is not from an earlier run. Give another folder, or set Overwrite (--overwrite) to put weights beside it.");
        }
    }

    /// <summary>Creates the folder when it does not exist.</summary>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public OutputFolder(string path)
    {
        this.path = Path.GetFullPath(path);
        created = FirstMissing(this.path);
        try
        {
            Directory.CreateDirectory(this.path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write to the folder '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Adds a file that will be written.</summary>
    /// <returns>The temporary path to write to.</returns>
    public string Add(string name)
    {
        string temporary = Path.Combine(path, $".{name}.{Environment.ProcessId}{PartialEnd}");
        files.Add((temporary, Path.Combine(path, name)));
        return temporary;
    }

    /// <summary>Gives all files their final names, in the order in which they were added.</summary>
    public void Commit()
    {
        foreach ((string temporary, string final) in files)
        {
            File.Move(temporary, final, overwrite: true);
        }

        files.Clear();
    }

    public void Dispose()
    {
        foreach ((string temporary, _) in files)
        {
            File.Delete(temporary);
        }

        // A folder that was created for a write that failed is removed again.
        if (files.Count > 0 && created is not null)
        {
            for (string? folder = path; folder is not null && !Directory.EnumerateFileSystemEntries(folder).Any(); folder = Path.GetDirectoryName(folder))
            {
                Directory.Delete(folder);
                if (folder == created)
                {
                    break;
                }
            }
        }
    }

    private static bool IsPartial(string name) => name.StartsWith('.') && name.EndsWith(PartialEnd, StringComparison.Ordinal);

    private static string? FirstMissing(string path)
    {
        string? missing = null;
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing = folder;
        }

        return missing;
    }
}

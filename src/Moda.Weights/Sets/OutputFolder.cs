namespace Moda.Weights.Sets;

/// <summary>
/// A folder that is written all or not at all: files get temporary names and their own only when everything is there. Whatever is left
/// unfinished is removed.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string path;
    private readonly string? created;
    private readonly List<(string Temporary, string Final)> files = [];

    /// <summary>Creates the folder if need be.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
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

    /// <summary>Names a file to be written.</summary>
    /// <returns>The path to write to.</returns>
    public string Add(string name)
    {
        string temporary = Path.Combine(path, $".{name}.{Environment.ProcessId}.partial");
        files.Add((temporary, Path.Combine(path, name)));
        return temporary;
    }

    /// <summary>Gives all files their names, in the order in which they were added.</summary>
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

        // Folders of our making disappear again when nothing came of them.
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

using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>A machine whose root is a temporary folder, and on which every file that exists can be loaded.</summary>
internal sealed class FakeLibraryHost : ILibraryHost, IDisposable
{
    private readonly Dictionary<string, string> variables = [];

    public bool IsWindows { get; init; }

    public string Root { get; } = Directory.CreateTempSubdirectory("moda-cuda-").FullName;

    /// <summary>What every library's handle is; null for a number that leads to no library.</summary>
    public nint? Handle { get; init; }

    /// <summary>Names that the loader finds by itself.</summary>
    public HashSet<string> LoaderKnows { get; } = [];

    /// <summary>Files that can't be loaded.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>What was loaded, in order.</summary>
    public List<string> Loaded { get; } = [];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string? Variable(string name) => variables.GetValueOrDefault(name);

    public void Set(string variable, string value) => variables[variable] = value;

    /// <summary>Creates an empty file below the root and returns its path.</summary>
    public string Add(string path)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Empty);
        return file;
    }

    public bool TryLoad(string pathOrName, out nint handle)
    {
        bool found = Path.IsPathRooted(pathOrName)
            ? File.Exists(pathOrName) && !Broken.Contains(pathOrName)
            : LoaderKnows.Contains(pathOrName);
        handle = found ? Handle ?? Loaded.Count + 1 : 0;
        if (found)
        {
            Loaded.Add(pathOrName);
        }

        return found;
    }

    /// <summary>Handles that were taken back.</summary>
    public List<nint> Unloaded { get; } = [];

    public void Unload(nint handle) => Unloaded.Add(handle);

    public string? FindLoadedFile(string name) => "/loader/" + name;
}

namespace Moda.Kernels.Cuda.Interop;

/// <summary>
/// Finds CUDA's libraries, in this order: the folder an option or <c>MODA_CUDA_PATH</c> names, the usual folders of CUDA 12
/// and 13, the <c>nvidia/*/lib</c> folders of pip packages, the loader's own path.
/// </summary>
internal sealed class LibraryLocator
{
    /// <summary>The environment variable that names a folder to look in first.</summary>
    public const string FolderVariable = "MODA_CUDA_PATH";

    private const string LoaderPath = "loader path";
    private static readonly int[] KnownMajors = [13, 12];

    private readonly ILibraryHost host;
    private readonly List<(string Folder, string Origin)> folders;

    /// <summary>Collects the folders to look in.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="folder">An option's folder, a CUDA toolkit or the folder of the libraries themselves; null for none.</param>
    public LibraryLocator(ILibraryHost host, string? folder)
    {
        this.host = host;
        folders = [.. LibraryFolders.Enumerate(host, folder)];
    }

    /// <summary>Finds and loads a library.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="driverMajor">The newest major CUDA version that the driver serves: a library of a later one would not run.</param>
    /// <param name="problem">One line on what is missing and where it was looked for.</param>
    /// <returns>The library, or null.</returns>
    public LoadedLibrary? Find(LibraryKind kind, int driverMajor, out string problem)
    {
        List<string> names = [.. FileNames(kind, driverMajor)];
        List<string> refused = [];
        LoadedLibrary? library = LoadFrom(folders, kind, names, refused) ?? LoadByName(names);
        if (library is null && kind == LibraryKind.Driver)
        {
            library = LoadFrom(LibraryFolders.OfDriver(host).Select(folder => (folder, "driver folder")), kind, names, refused);
        }

        problem = library is null ? Describe(kind, names, refused) : string.Empty;
        return library;
    }

    private LoadedLibrary? LoadFrom(
        IEnumerable<(string Folder, string Origin)> places, LibraryKind kind, List<string> names, List<string> refused)
    {
        foreach ((string folder, string origin) in places)
        {
            foreach (string path in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                LoadCompanions(kind, folder);
                if (host.TryLoad(path, out nint handle))
                {
                    return new LoadedLibrary(handle, path, origin);
                }

                refused.Add(path);
            }
        }

        return null;
    }

    private LoadedLibrary? LoadByName(List<string> names)
    {
        foreach (string name in names)
        {
            if (host.TryLoad(name, out nint handle))
            {
                return new LoadedLibrary(handle, host.FindLoadedFile(name) ?? name, LoaderPath);
            }
        }

        return null;
    }

    /// <summary>
    /// NVRTC opens its builtins by name when it compiles, and finds them only if they are loaded already or on the loader's
    /// path; those of pip packages are neither.
    /// </summary>
    private void LoadCompanions(LibraryKind kind, string folder)
    {
        if (kind != LibraryKind.Nvrtc)
        {
            return;
        }

        string pattern = host.IsWindows ? "nvrtc-builtins64_*.dll" : "libnvrtc-builtins.so*";
        foreach (string builtins in Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal))
        {
            _ = host.TryLoad(builtins, out _);
        }
    }

    private IEnumerable<string> FileNames(LibraryKind kind, int driverMajor)
    {
        IEnumerable<int> majors = KnownMajors.Where(major => major <= driverMajor);
        return (kind, host.IsWindows) switch
        {
            (LibraryKind.Driver, false) => ["libcuda.so.1"],
            (LibraryKind.Driver, true) => ["nvcuda.dll"],
            (LibraryKind.Nvrtc, false) => majors.Select(major => $"libnvrtc.so.{major}"),
            (LibraryKind.Nvrtc, true) => majors.Select(major => $"nvrtc64_{major}0_0.dll"),
            (LibraryKind.CublasLt, false) => majors.Select(major => $"libcublasLt.so.{major}"),
            (LibraryKind.CublasLt, true) => majors.Select(major => $"cublasLt64_{major}.dll"),
            (LibraryKind.Nvtx, false) => ["libnvToolsExt.so.1", "libnvtx3interop.so.1", "libnvtx3interop.so"],
            (LibraryKind.Nvtx, true) => ["nvToolsExt64_1.dll", "nvtx3interop.dll"],
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such library."),
        };
    }

    private string Describe(LibraryKind kind, List<string> names, List<string> refused)
    {
        string name = string.Join(" or ", names);
        string what = kind switch
        {
            LibraryKind.Driver => $"the NVIDIA driver's {name} was not found",
            LibraryKind.Nvrtc => $"NVRTC ({name}) was not found",
            LibraryKind.CublasLt => $"cuBLASLt ({name}) was not found",
            _ => $"{name} was not found",
        };
        string places = folders.Count == 0
            ? $"the usual folders or the {LoaderPath}"
            : $"{string.Join(", ", folders.Select(place => place.Folder))} or the {LoaderPath}";
        string bad = refused.Count == 0 ? string.Empty : $"; {string.Join(", ", refused)} could not be loaded";
        string advice = kind == LibraryKind.Driver
            ? "install the driver"
            : $"install CUDA 12 or 13, or set {FolderVariable}";
        return $"{what} in {places}{bad}; {advice}";
    }
}

namespace Moda.Kernels.Cuda.Libraries;

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
    /// <param name="refuse">Says in a clause why a library that was loaded is of no use; null to take it.</param>
    /// <returns>The first library that is not refused, or null.</returns>
    public LoadedLibrary? Find(LibraryKind kind, int driverMajor, out string problem, Func<LoadedLibrary, string?>? refuse = null)
    {
        List<string> names = [.. FileNames(kind, driverMajor)];
        List<string> broken = [];
        List<string> refused = [];
        foreach (LoadedLibrary library in Load(kind, names, broken))
        {
            if (refuse?.Invoke(library) is not { } reason)
            {
                problem = string.Empty;
                return library;
            }

            // One file may be found by several ways.
            if (!refused.Contains(reason))
            {
                refused.Add(reason);
            }
        }

        problem = Describe(kind, names, broken, refused);
        return null;
    }

    /// <summary>Loads one library after the other, as long as more are asked for.</summary>
    private IEnumerable<LoadedLibrary> Load(LibraryKind kind, List<string> names, List<string> broken)
    {
        foreach (LoadedLibrary library in LoadFrom(folders, kind, names, broken))
        {
            yield return library;
        }

        foreach (string name in names)
        {
            if (host.TryLoad(name, out nint handle))
            {
                yield return new LoadedLibrary(handle, host.FindLoadedFile(name) ?? name, LoaderPath);
            }
        }

        if (kind == LibraryKind.Driver)
        {
            IEnumerable<(string, string)> places = LibraryFolders.OfDriver(host).Select(folder => (folder, "driver folder"));
            foreach (LoadedLibrary library in LoadFrom(places, kind, names, broken))
            {
                yield return library;
            }
        }
    }

    private IEnumerable<LoadedLibrary> LoadFrom(
        IEnumerable<(string Folder, string Origin)> places, LibraryKind kind, List<string> names, List<string> broken)
    {
        foreach ((string folder, string origin) in places)
        {
            foreach (string path in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                LoadCompanions(kind, folder);
                if (host.TryLoad(path, out nint handle))
                {
                    yield return new LoadedLibrary(handle, path, origin);
                }
                else
                {
                    broken.Add(path);
                }
            }
        }
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

    private string Describe(LibraryKind kind, List<string> names, List<string> broken, List<string> refused)
    {
        string name = string.Join(" or ", names);
        string what = kind switch
        {
            LibraryKind.Driver => $"the NVIDIA driver's {name}",
            LibraryKind.Nvrtc => $"NVRTC ({name})",
            LibraryKind.CublasLt => $"cuBLASLt ({name})",
            _ => name,
        };
        string places = folders.Count == 0
            ? $"the usual folders or the {LoaderPath}"
            : $"{string.Join(", ", folders.Select(place => place.Folder))} or the {LoaderPath}";
        string found = refused.Count == 0 ? $"{what} was not found in {places}" : $"no {name} works: {string.Join("; ", refused)}";
        string bad = broken.Count == 0 ? string.Empty : $"; {string.Join(", ", broken)} could not be loaded";
        string advice = kind == LibraryKind.Driver
            ? "install the driver"
            : $"install CUDA 12 or 13, or set {FolderVariable}";
        return $"{found}{bad}; {advice}";
    }
}

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>The folders that CUDA's libraries lie in when they are not on the loader's path. Only those that exist.</summary>
internal static class LibraryFolders
{
    private const string Toolkit = "CUDA toolkit";
    private const string Package = "pip package";

    private static readonly string[] LinuxParts = ["lib64", "lib"];

    // CUDA 13 moved the libraries one folder down.
    private static readonly string[] WindowsParts = [Path.Combine("bin", "x64"), "bin"];

    /// <summary>Every folder with the reason why it is looked in, in order and each once.</summary>
    public static IEnumerable<(string Folder, string Origin)> Enumerate(ILibraryHost host, string? option) =>
        Candidates(host, option)
            .Select(place => (Folder: Path.GetFullPath(place.Folder), place.Origin))
            .Where(place => Directory.Exists(place.Folder))
            .DistinctBy(place => place.Folder);

    /// <summary>Where drivers lie that containers and WSL bring in without telling the loader.</summary>
    public static IEnumerable<string> OfDriver(ILibraryHost host) => host.IsWindows
        ? []
        : ((string[])["usr/lib/wsl/lib", "usr/local/nvidia/lib64", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64"])
            .Select(folder => Path.Combine(host.Root, folder))
            .Where(Directory.Exists);

    private static IEnumerable<(string Folder, string Origin)> Candidates(ILibraryHost host, string? option)
    {
        string[] parts = host.IsWindows ? WindowsParts : LinuxParts;
        foreach ((string? root, string origin) in (IEnumerable<(string?, string)>)
            [(option, "option"), (host.Variable(LibraryLocator.FolderVariable), LibraryLocator.FolderVariable)])
        {
            if (root is not null)
            {
                yield return (root, origin);
                foreach (string part in parts)
                {
                    yield return (Path.Combine(root, part), origin);
                }
            }
        }

        foreach (string root in ToolkitRoots(host))
        {
            foreach (string part in parts)
            {
                yield return (Path.Combine(root, part), Toolkit);
            }
        }

        foreach (string folder in PythonPrefixes(host).SelectMany(prefix => SitePackages(host, prefix)).SelectMany(PackageFolders))
        {
            yield return (folder, Package);
        }
    }

    private static IEnumerable<string> ToolkitRoots(ILibraryHost host)
    {
        foreach (string variable in (string[])["CUDA_HOME", "CUDA_PATH"])
        {
            if (host.Variable(variable) is { } root)
            {
                yield return root;
            }
        }

        if (host.IsWindows)
        {
            string programs = host.Variable("ProgramFiles") ?? @"C:\Program Files";
            string toolkits = Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA");
            foreach (string root in Versions(toolkits, "v"))
            {
                yield return root;
            }

            yield break;
        }

        string local = Path.Combine(host.Root, "usr/local");
        yield return Path.Combine(local, "cuda");
        foreach (string root in Versions(local, "cuda-"))
        {
            yield return root;
        }

        yield return Path.Combine(host.Root, "opt/cuda");
    }

    /// <summary>The folders <c>PREFIX12.4</c> of CUDA 12 and 13, the newest first.</summary>
    private static IEnumerable<string> Versions(string parent, string prefix) =>
        !Directory.Exists(parent)
            ? []
            : from folder in Directory.EnumerateDirectories(parent, prefix + "1*")
              let version = System.Version.TryParse(Path.GetFileName(folder)[prefix.Length..] + ".0", out Version? parsed) ? parsed : null
              where version is { Major: 12 or 13 }
              orderby version descending
              select folder;

    /// <summary>The environments that Python packages are installed in: the active ones, and that of the Python on the path.</summary>
    private static IEnumerable<string> PythonPrefixes(ILibraryHost host)
    {
        foreach (string variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (host.Variable(variable) is { } prefix)
            {
                yield return prefix;
            }
        }

        string[] names = host.IsWindows ? ["python.exe"] : ["python3", "python"];
        foreach (string folder in (host.Variable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string python in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                yield return PrefixOf(python, host.IsWindows);
                if (File.ResolveLinkTarget(python, returnFinalTarget: true) is { } target)
                {
                    yield return PrefixOf(target.FullName, host.IsWindows);
                }
            }
        }

        string? home = host.Variable(host.IsWindows ? "APPDATA" : "HOME");
        if (home is not null)
        {
            yield return Path.Combine(home, host.IsWindows ? "Python" : ".local");
        }

        if (!host.IsWindows)
        {
            yield return Path.Combine(host.Root, "usr/local");
            yield return Path.Combine(host.Root, "usr");
        }
    }

    /// <summary>On Windows the interpreter lies in the prefix or in its Scripts, elsewhere in its bin.</summary>
    private static string PrefixOf(string python, bool windows)
    {
        string folder = Path.GetDirectoryName(python)!;
        bool isPrefix = windows && !Path.GetFileName(folder).Equals("Scripts", StringComparison.OrdinalIgnoreCase);
        return isPrefix ? folder : Path.GetDirectoryName(folder) ?? folder;
    }

    private static IEnumerable<string> SitePackages(ILibraryHost host, string prefix)
    {
        if (host.IsWindows)
        {
            yield return Path.Combine(prefix, "Lib", "site-packages");
            yield break;
        }

        string libraries = Path.Combine(prefix, "lib");
        if (Directory.Exists(libraries))
        {
            foreach (string python in Directory.EnumerateDirectories(libraries, "python3*").OrderDescending(StringComparer.Ordinal))
            {
                yield return Path.Combine(python, "site-packages");
                yield return Path.Combine(python, "dist-packages");
            }
        }
    }

    /// <summary>CUDA 13's packages share <c>nvidia/cu13</c>, those of CUDA 12 have a folder each.</summary>
    private static IEnumerable<string> PackageFolders(string sitePackages)
    {
        string packages = Path.Combine(sitePackages, "nvidia");
        if (!Directory.Exists(packages))
        {
            yield break;
        }

        foreach (string package in Directory.EnumerateDirectories(packages).Order(StringComparer.Ordinal))
        {
            yield return Path.Combine(package, "lib");
            yield return Path.Combine(package, "bin", "x86_64");
            yield return Path.Combine(package, "bin");
        }
    }
}

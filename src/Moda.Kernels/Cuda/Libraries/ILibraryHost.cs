namespace Moda.Kernels.Cuda.Libraries;

/// <summary>What <see cref="LibraryLocator"/> asks of the machine it runs on; a test answers in its place.</summary>
internal interface ILibraryHost
{
    bool IsWindows { get; }

    /// <summary>The folder that absolute paths of Linux begin with: <c>/</c>.</summary>
    string Root { get; }

    /// <summary>An environment variable, or null.</summary>
    string? Variable(string name);

    /// <summary>Loads a library by path or, for the loader to find, by name alone.</summary>
    bool TryLoad(string pathOrName, out nint handle);

    /// <summary>Takes back a load: others that ask for a library of that name by name alone no longer get this one.</summary>
    void Unload(nint handle);

    /// <summary>The file that a library which was loaded by its name alone came from, or null.</summary>
    string? FindLoadedFile(string name);
}

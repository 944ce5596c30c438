using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>A library that is loaded into the process, and stays so until its end.</summary>
/// <param name="Handle">The loader's handle.</param>
/// <param name="Path">The file.</param>
/// <param name="Origin">How it was found.</param>
internal sealed record LoadedLibrary(nint Handle, string Path, string Origin) : IFunctionSource
{
    public string Description => Path;

    public bool TryGetFunction(string name, out nint address) => NativeLibrary.TryGetExport(Handle, name, out address);
}

using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>Where the addresses of a native library's functions come from: the library, or a stand-in that a test wrote.</summary>
internal interface IFunctionSource
{
    /// <summary>The library and where it lies, as an error names it.</summary>
    string Description { get; }

    /// <summary>Finds a function by the exact name that the library exports.</summary>
    bool TryGetFunction(string name, out nint address);

    /// <summary>Finds a function that the library must have.</summary>
    /// <exception cref="CudaUnavailableException">The library is too old to have it.</exception>
    nint GetFunction(string name) => TryGetFunction(name, out nint address)
        ? address
        : throw new CudaUnavailableException($"{Description} has no function {name}; CUDA 12 or newer is needed.");
}

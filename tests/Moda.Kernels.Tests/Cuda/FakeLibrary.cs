using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>A library of functions that a test wrote; every other function fails with "not supported".</summary>
internal sealed unsafe class FakeLibrary(string description) : IFunctionSource
{
    private const int NotSupported = 801;

    private readonly Dictionary<string, nint> functions = [];

    public string Description => description;

    /// <summary>Names that the library is said to lack.</summary>
    public HashSet<string> Missing { get; } = [];

    public nint this[string name]
    {
        set => functions[name] = value;
    }

    public bool TryGetFunction(string name, out nint address)
    {
        address = functions.TryGetValue(name, out nint found) ? found : (nint)(delegate* unmanaged<int>)&Refuse;
        return !Missing.Contains(name);
    }

    [UnmanagedCallersOnly]
    private static int Refuse() => NotSupported;
}

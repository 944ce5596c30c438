using System.Runtime.CompilerServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary>Four parts of a launch.</summary>
[InlineArray(4)]
internal struct Four<T>
    where T : unmanaged
{
    private T first;
}

/// <summary>Eight parts of a launch.</summary>
[InlineArray(8)]
internal struct Eight<T>
    where T : unmanaged
{
    private T first;
}

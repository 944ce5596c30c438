using System.Runtime.CompilerServices;

namespace Moda.Kernels.Cuda.Abi;

/// <summary>
/// <c>CUtensorMap</c>: how the copy engine of compute capability 9.0 and later walks a tensor. 128 opaque bytes that a kernel
/// takes by value (<c>__grid_constant__</c>). The driver wants them on a 64-byte boundary while it writes them, which
/// <see cref="Driver.TensorMapEncoder"/> sees to.
/// </summary>
[InlineArray(16)]
internal struct TensorMap
{
    /// <summary>The boundary that the driver wants.</summary>
    public const int Alignment = 64;

    private ulong words;
}

using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Inventory;

/// <summary>What CUDA finds on this machine.</summary>
/// <param name="Devices">Every GPU; none where there is no driver or no GPU.</param>
/// <param name="Libraries">The libraries in use, and where each came from.</param>
/// <param name="DriverRelease">The display driver's release, for instance <c>580.65.06</c>; null where it can't be told.</param>
/// <param name="Problem">One line on what is missing; null when CUDA can be used.</param>
internal sealed record CudaInventory(
    IReadOnlyList<CudaDeviceInformation> Devices,
    IReadOnlyList<LibraryInformation> Libraries,
    string? DriverRelease,
    string? Problem)
{
    /// <summary>Whether there is a GPU and every library that is needed.</summary>
    public bool IsUsable => Problem is null && Devices.Count > 0;
}

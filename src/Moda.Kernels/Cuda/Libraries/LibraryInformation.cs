namespace Moda.Kernels.Cuda.Libraries;

/// <summary>A native library in use.</summary>
/// <param name="Kind">Which library.</param>
/// <param name="Version">Its version; for the driver the newest CUDA version it serves.</param>
/// <param name="Path">The file it was loaded from.</param>
/// <param name="Origin">Why that one: <c>MODA_CUDA_PATH</c>, <c>CUDA toolkit</c>, <c>pip package</c>, <c>loader path</c>.</param>
internal sealed record LibraryInformation(LibraryKind Kind, string Version, string Path, string Origin)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Version} from {Path} ({Origin})";
}

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>A native library that CUDA consists of.</summary>
internal enum LibraryKind
{
    /// <summary>The driver API, which comes with the display driver.</summary>
    Driver,

    /// <summary>The run-time compiler, of a CUDA toolkit or a pip package.</summary>
    Nvrtc,

    /// <summary>Matrix products, of a CUDA toolkit or a pip package.</summary>
    CublasLt,

    /// <summary>Names for a profiler; optional.</summary>
    Nvtx,
}

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>How kernels are compiled. Every option is part of the cache's key.</summary>
internal sealed record CompilationOptions
{
    /// <summary>Macros, as <c>MODA_HALF=1</c>.</summary>
    public IReadOnlyList<string> Macros { get; init; } = [];

    /// <summary>Whether the result says which line each instruction came from, for profilers and sanitizers; costs no speed.</summary>
    public bool LineNumbers { get; init; } = true;

    /// <summary>More of NVRTC's options, as they are.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>NVRTC's options for a target.</summary>
    public IReadOnlyList<string> ForTarget(CompilationTarget target) =>
    [
        "--gpu-architecture=" + target.Architecture,
        "--std=c++17",
        .. LineNumbers ? (string[])["--generate-line-info"] : [],
        .. Macros.Select(macro => "--define-macro=" + macro),
        .. Extra,
    ];
}

using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>Compiles kernel sources for a device, or takes them from the cache. Several threads may use one compiler.</summary>
internal sealed class KernelCompiler
{
    private readonly NvrtcApi nvrtc;
    private readonly KernelCache cache;
    private readonly CompilationTarget target;

    /// <summary>Creates a compiler for a device.</summary>
    /// <param name="nvrtc">NVRTC.</param>
    /// <param name="cache">Where results are kept.</param>
    /// <param name="computeCapability">The device's.</param>
    /// <param name="limit">The architecture, as <c>sm_80</c>, that kernels are limited to; null for the device's own.</param>
    /// <exception cref="NotSupportedException">The device is too old.</exception>
    public KernelCompiler(NvrtcApi nvrtc, KernelCache cache, Version computeCapability, string? limit = null)
        : this(nvrtc, cache, CompilationTarget.For(computeCapability, nvrtc.SupportedArchitectures, limit))
    {
    }

    private KernelCompiler(NvrtcApi nvrtc, KernelCache cache, CompilationTarget target)
    {
        this.nvrtc = nvrtc;
        this.cache = cache;
        this.target = target;
    }

    /// <summary>What is compiled for.</summary>
    public CompilationTarget Target => target;

    /// <summary>The same compiler with another cache.</summary>
    public KernelCompiler With(KernelCache other) => new(nvrtc, other, target);

    /// <summary>Compiles a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="options">How.</param>
    /// <exception cref="KernelCompilationException">It has errors; NVRTC's log is in the exception.</exception>
    public CompiledKernel Compile(KernelSource source, CompilationOptions options)
    {
        IReadOnlyList<string> arguments = options.ForTarget(target);
        string key = KernelCache.Key(source, arguments, nvrtc.Version);
        if (cache.Find(key, source.Unit.Name) is { } cached)
        {
            return cached;
        }

        using NvrtcProgram program = NvrtcProgram.Create(nvrtc, source);
        CompiledKernel compiled = program.Compile(arguments, target.IsMachineCode);
        cache.Store(key, compiled);
        return compiled;
    }

    /// <summary>Compiles embedded sources at the same time.</summary>
    /// <param name="names">Their file names.</param>
    /// <param name="options">How.</param>
    /// <returns>The results, in the order of the names.</returns>
    /// <exception cref="KernelCompilationException">One has errors.</exception>
    public CompiledKernel[] CompileAll(IReadOnlyList<string> names, CompilationOptions options)
    {
        CompiledKernel[] compiled = new CompiledKernel[names.Count];
        try
        {
            Parallel.For(0, names.Count, index => compiled[index] = Compile(KernelSources.Load(names[index]), options));
        }
        catch (AggregateException failures)
        {
            // One error is enough to know; the first in the order of the threads is as good as any.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        return compiled;
    }
}

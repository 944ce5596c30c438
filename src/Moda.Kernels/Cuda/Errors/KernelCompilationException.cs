using Moda.Weights;

namespace Moda.Kernels.Cuda.Errors;

/// <summary>NVRTC did not accept a kernel source.</summary>
internal sealed class KernelCompilationException : ModaException
{
    /// <summary>Says what did not compile.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="options">NVRTC's options, separated by spaces.</param>
    /// <param name="log">What NVRTC wrote.</param>
    public KernelCompilationException(string source, string options, string log)
        : base($"NVRTC does not accept {source} with {options}:{Environment.NewLine}{log}")
    {
        SourceName = source;
        Options = options;
        Log = log;
    }

    /// <summary>The source's name.</summary>
    public string SourceName { get; }

    /// <summary>NVRTC's options, separated by spaces.</summary>
    public string Options { get; }

    /// <summary>What NVRTC wrote: errors with their lines.</summary>
    public string Log { get; }
}

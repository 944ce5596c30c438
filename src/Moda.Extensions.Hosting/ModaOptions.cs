using Moda.Kernels;

namespace Moda.Extensions.Hosting;

/// <summary>The engine of a host, as the section "Moda" of the configuration and the host's code say. Checked when the host starts.</summary>
public sealed class ModaOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Moda";

    /// <summary>
    /// A folder of weights that <c>moda convert</c> has written; null for the open checkpoint, which the package Moda.OpenCheckpoint puts beside
    /// the program.
    /// </summary>
    public string? Weights { get; set; }

    /// <summary><c>auto</c> (the first GPU where CUDA works, else the CPU), <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>, or what a provider has registered.</summary>
    public string Device { get; set; } = "auto";

    /// <summary>How activations are stored; null for the device's own choice.</summary>
    public ElementType? Precision { get; set; }

    /// <summary>Threads that a CPU uses; 0 for one on each processor.</summary>
    public int Threads { get; set; }

    /// <summary>Bytes of a GPU's memory that may be allocated; null for no limit.</summary>
    public long? MemoryLimit { get; set; }

    /// <summary>Frames that are rendered at once, 1 to 64; null for 8 on a GPU and 1 on a CPU.</summary>
    public int? FramesPerBatch { get; set; }

    /// <summary>Live clips that are admitted at one time; null for as many as the warm-up finds possible.</summary>
    public int? LiveClips { get; set; }

    /// <summary>Requests at work at one time, at least 1. Several share the engine's batches, which a GPU needs to be busy.</summary>
    public int MaxConcurrent { get; set; } = 4;

    /// <summary>Requests that wait for a place, 0 or more. Those beyond get a <see cref="Clients.ModaBusyException"/>.</summary>
    public int MaxQueue { get; set; } = 16;

    /// <summary>
    /// A picture with a face that the engine is warmed up with before the host has started: the first request then is as fast as later ones, and
    /// live clips are admitted. Null for no warm-up.
    /// </summary>
    public string? WarmUpPortrait { get; set; }
}

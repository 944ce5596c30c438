using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// A portrait as the renderer knows it: its feature volume, which stays on the device, and what was read of its head. It owns the
/// volume's memory and must be disposed before its device.
/// </summary>
public sealed class SourceFace : IDisposable
{
    private readonly DeviceMemory memory;

    /// <summary>Takes over a volume's memory.</summary>
    internal SourceFace(DeviceMemory memory, Tensor volume, SourceMotion motion)
    {
        this.memory = memory;
        Volume = volume;
        Motion = motion;
    }

    /// <summary>The feature volume [1, D, H, W, C].</summary>
    public Tensor Volume { get; }

    /// <summary>What the motion extractor read.</summary>
    public SourceMotion Motion { get; }

    /// <summary>Releases the volume.</summary>
    public void Dispose() => memory.Dispose();
}

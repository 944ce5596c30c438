using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// A portrait as the renderer knows it: its feature volume and what the warping network reads of it, which stay on the device, and what
/// was read of its head. It owns the volumes' memory and must be disposed before its device.
/// </summary>
internal sealed class SourceFace : IDisposable
{
    private readonly DeviceMemory memory;
    private readonly Action<DeviceMemory> release;

    /// <summary>Takes over the volumes' memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="volume">The feature volume in it.</param>
    /// <param name="compressed">What the warping network reads of it, in it too.</param>
    /// <param name="motion">What the motion extractor read.</param>
    /// <param name="release">Takes the memory when the face is disposed.</param>
    public SourceFace(DeviceMemory memory, Tensor volume, Tensor compressed, SourceMotion motion, Action<DeviceMemory> release)
    {
        this.memory = memory;
        this.release = release;
        Volume = volume;
        Compressed = compressed;
        Motion = motion;
    }

    /// <summary>The feature volume [1, D, H, W, C].</summary>
    public Tensor Volume { get; }

    /// <summary>[1, D, H, W, C'] of <see cref="WarpingNetwork.Compress"/>.</summary>
    public Tensor Compressed { get; }

    /// <summary>What the motion extractor read.</summary>
    public SourceMotion Motion { get; }

    /// <summary>Bytes of device memory.</summary>
    public long ByteLength => memory.ByteLength;

    /// <summary>Releases the volumes.</summary>
    public void Dispose() => release(memory);
}

using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// A portrait in the form that the renderer needs: the feature volume and the compressed volume of the warping network, which stay on the
/// device, and the motion of the head. It owns the volumes' memory and must be disposed before its device.
/// </summary>
internal sealed class SourceFace : IDisposable
{
    private readonly DeviceMemory memory;
    private readonly Action<DeviceMemory> release;

    /// <summary>Takes over the volumes' memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="volume">The feature volume in this memory.</param>
    /// <param name="compressed">The compressed volume of the warping network, in the same memory.</param>
    /// <param name="motion">The output of the motion extractor.</param>
    /// <param name="release">Receives the memory when the face is disposed.</param>
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

    /// <summary>The output of the motion extractor.</summary>
    public SourceMotion Motion { get; }

    /// <summary>The device memory in bytes.</summary>
    public long ByteLength => memory.ByteLength;

    /// <summary>Releases the volumes.</summary>
    public void Dispose() => release(memory);
}

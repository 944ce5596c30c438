using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Driver;

/// <summary><c>CUuuid</c>: 16 bytes.</summary>
[InlineArray(16)]
internal struct DeviceUuid
{
    private byte first;

    /// <summary>The form that <c>nvidia-smi -L</c> prints: <c>GPU-8f1c...</c>.</summary>
    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        return $"GPU-{new Guid(bytes, bigEndian: true)}";
    }
}

/// <summary><c>CUlaunchAttributeID</c>.</summary>
internal enum LaunchAttributeId
{
    Ignore = 0,
    Cooperative = 2,
    ClusterDimension = 4,
    ProgrammaticStreamSerialization = 6,
    Priority = 8,
}

/// <summary><c>CUlaunchAttribute</c>: an identifier and a union of 64 bytes, of which three integers are used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct LaunchAttribute
{
    [FieldOffset(0)]
    public LaunchAttributeId Id;

    /// <summary>A flag, or the cluster's width.</summary>
    [FieldOffset(8)]
    public uint X;

    [FieldOffset(12)]
    public uint Y;

    [FieldOffset(16)]
    public uint Z;
}

/// <summary><c>CUlaunchConfig</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeLaunchConfiguration
{
    public uint GridX;
    public uint GridY;
    public uint GridZ;
    public uint BlockX;
    public uint BlockY;
    public uint BlockZ;
    public uint DynamicSharedBytes;
    public nint Stream;
    public LaunchAttribute* Attributes;
    public uint AttributeCount;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>The structures that native code reads and writes are laid out as its headers say, on 64-bit machines.</summary>
public sealed class NativeStructureTests
{
    [Fact]
    public void Sizes_are_those_of_the_headers()
    {
        Assert.Equal(8, Unsafe.SizeOf<nint>());
        Assert.Equal(16, Unsafe.SizeOf<DeviceUuid>());
        Assert.Equal(72, Unsafe.SizeOf<LaunchAttribute>());
        Assert.Equal(56, Unsafe.SizeOf<NativeLaunchConfiguration>());
        Assert.Equal(128, Unsafe.SizeOf<TensorMap>());
        Assert.Equal(64, TensorMap.Alignment);
        Assert.Equal(64, Unsafe.SizeOf<MatmulAlgorithm>());
        Assert.Equal(96, Unsafe.SizeOf<MatmulHeuristicResult>());
    }

    [Theory]
    [InlineData(nameof(LaunchAttribute.Id), 0)]
    [InlineData(nameof(LaunchAttribute.X), 8)]
    [InlineData(nameof(LaunchAttribute.Y), 12)]
    [InlineData(nameof(LaunchAttribute.Z), 16)]
    public void Launch_attribute_offsets(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<LaunchAttribute>(field));

    [Theory]
    [InlineData(nameof(NativeLaunchConfiguration.GridX), 0)]
    [InlineData(nameof(NativeLaunchConfiguration.GridZ), 8)]
    [InlineData(nameof(NativeLaunchConfiguration.BlockX), 12)]
    [InlineData(nameof(NativeLaunchConfiguration.BlockZ), 20)]
    [InlineData(nameof(NativeLaunchConfiguration.DynamicSharedBytes), 24)]
    [InlineData(nameof(NativeLaunchConfiguration.Stream), 32)]
    [InlineData(nameof(NativeLaunchConfiguration.Attributes), 40)]
    [InlineData(nameof(NativeLaunchConfiguration.AttributeCount), 48)]
    public void Launch_configuration_offsets(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<NativeLaunchConfiguration>(field));

    [Fact]
    public void Heuristic_result_offsets()
    {
        MatmulHeuristicResult result = default;
        Assert.Equal(0, OffsetOf(ref result, ref result.Algorithm));
        Assert.Equal(64, OffsetOf(ref result, ref result.WorkspaceBytes));
        Assert.Equal(72, OffsetOf(ref result, ref result.Status));
        Assert.Equal(76, OffsetOf(ref result, ref result.WavesCount));
    }

    [Fact]
    public void Uuid_reads_as_nvidia_smi_prints_it()
    {
        DeviceUuid uuid = default;
        for (int index = 0; index < 16; index++)
        {
            uuid[index] = (byte)(index * 17);
        }

        Assert.Equal("GPU-00112233-4455-6677-8899-aabbccddeeff", uuid.ToString());
    }

    private static int OffsetOf<TField>(ref MatmulHeuristicResult start, ref TField field) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<MatmulHeuristicResult, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}

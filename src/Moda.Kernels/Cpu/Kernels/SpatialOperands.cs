using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>The input and the output of a kernel that reads around each position: two maps or volumes of the same channels.</summary>
internal unsafe struct SpatialOperands
{
    /// <summary>The input's first element.</summary>
    public readonly float* Input;

    /// <summary>Elements between the input's positions.</summary>
    public readonly int InputStride;

    /// <summary>The input's extents.</summary>
    public readonly VolumeExtents InputExtents;

    /// <summary>The output's first element.</summary>
    public readonly float* Output;

    /// <summary>Elements between the output's positions.</summary>
    public readonly int OutputStride;

    /// <summary>The output's extents.</summary>
    public readonly VolumeExtents OutputExtents;

    /// <summary>Channels of both.</summary>
    public readonly int Channels;

    /// <summary>Describes two tensors [N, (D,) H, W, C].</summary>
    public SpatialOperands(Tensor input, Tensor output)
    {
        Input = input.Pointer();
        InputStride = input.RowStride;
        InputExtents = VolumeExtents.Of(input.Shape);
        Output = output.Pointer();
        OutputStride = output.RowStride;
        OutputExtents = VolumeExtents.Of(output.Shape);
        Channels = output.Channels;
    }

    /// <summary>The first channel of an input position.</summary>
    public readonly float* InputAt(int image, int z, int y, int x) => Input + InputExtents.Position(image, z, y, x) * InputStride;

    /// <summary>The first channel of the first position of an output row.</summary>
    public readonly float* OutputRow(int row) => Output + (long)row * OutputExtents.Width * OutputStride;
}

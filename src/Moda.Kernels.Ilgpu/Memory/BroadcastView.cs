using Moda.Kernels.Ilgpu.Execution;

namespace Moda.Kernels.Ilgpu.Memory;

/// <summary>
/// An operand beside a tensor, as kernels see it: of the same shape, repeated over leading positions, or one channel for all.
/// </summary>
/// <param name="tensor">The operand.</param>
/// <param name="rows">Its positions.</param>
/// <param name="hasOneChannel">Whether its one channel stands for all.</param>
internal readonly struct BroadcastView(TensorView tensor, int rows, bool hasOneChannel)
{
    /// <summary>The operand.</summary>
    public readonly TensorView Tensor = tensor;

    /// <summary>Its positions.</summary>
    public readonly int Rows = rows;

    /// <summary>What a channel is multiplied by to get the operand's: 0 or 1.</summary>
    public readonly int ChannelStep = hasOneChannel ? 0 : 1;

    /// <summary>An operand's view beside a tensor of a shape.</summary>
    public static BroadcastView Of(in Tensor operand, Shape shape) =>
        new(TensorView.Of(operand), operand.Rows, operand.Channels == 1 && shape.Channels > 1);

    /// <summary>Reads the element that belongs to one of the tensor.</summary>
    public float Load(long row, int channel) => Tensor.Load(row < Rows ? row : ElementPosition.Of(row, Rows).Column, channel * ChannelStep);
}

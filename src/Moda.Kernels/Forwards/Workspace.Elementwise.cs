namespace Moda.Kernels.Forwards;

public sealed partial class Workspace
{
    /// <summary>Copies a tensor into another; the input may be broadcast over the output's outer axes, see <see cref="Device.Copy"/>.</summary>
    public void Copy(Tensor input, Tensor output)
    {
        Require(
            input.Channels == output.Channels && BroadcastsTo(input, output.Shape), nameof(Copy), "the input must be the output's trailing extents", input, output);
        if (Begins(output))
        {
            Device.Copy(input, output);
        }
    }

    /// <summary><c>activation(left + right)</c>; right may be broadcast, see <see cref="Device.Add"/>.</summary>
    public Tensor Add(Tensor left, Tensor right, Activation activation = default, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(left.Shape);
        Require(BroadcastsTo(right, left.Shape), nameof(Add), "the second tensor must broadcast to the first", left, right);
        Require(result.Shape == left.Shape, nameof(Add), "the output must have the first tensor's shape", left, result);
        if (Begins(result))
        {
            Device.Add(left, right, activation, result);
        }

        return result;
    }

    /// <summary><c>left + factor[b] right</c> for tensors [..., B, C] of one shape.</summary>
    /// <param name="left">[..., B, C].</param>
    /// <param name="right">[..., B, C].</param>
    /// <param name="factor">[B] of <see cref="AllocateCoordinates"/>.</param>
    /// <param name="output">[..., B, C]; allocated when null, may be left or right.</param>
    public Tensor AddScaled(Tensor left, Tensor right, Tensor factor, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(left.Shape);
        Require(right.Shape == left.Shape, nameof(AddScaled), "both tensors must have one shape", left, right);
        Require(left.Shape.Rank >= 2 && factor.Shape == new Shape(left.Shape[^2]), nameof(AddScaled), "x must be [..., B, C] and the factor [B]", left, factor);
        Require(factor.Type == ElementType.Float32, nameof(AddScaled), "the factor must be float32", left, factor);
        Require(result.Shape == left.Shape, nameof(AddScaled), "the output must have the input's shape", left, result);
        if (Begins(result))
        {
            Device.AddScaled(left, right, factor, result);
        }

        return result;
    }

    /// <summary><c>activation(left right)</c>; right may be broadcast, see <see cref="Device.Multiply"/>.</summary>
    public Tensor Multiply(Tensor left, Tensor right, Activation activation = default, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(left.Shape);
        Require(BroadcastsTo(right, left.Shape), nameof(Multiply), "the second tensor must broadcast to the first", left, right);
        Require(result.Shape == left.Shape, nameof(Multiply), "the output must have the first tensor's shape", left, result);
        if (Begins(result))
        {
            Device.Multiply(left, right, activation, result);
        }

        return result;
    }

    /// <summary>Applies an activation to each element.</summary>
    public Tensor Activate(Tensor input, Activation activation, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        Require(result.Shape == input.Shape, nameof(Activate), "the output must have the input's shape", input, result);
        if (Begins(result))
        {
            Device.Activate(input, activation, result);
        }

        return result;
    }
}

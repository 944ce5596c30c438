using System.Numerics;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Reference;

/// <summary>
/// A convolution, or a linear layer as one of kernel 1, by its definition. Inputs: the map, the weights
/// [outputs, inputs / groups, kernel depth, kernel height, kernel width], the bias, then the residual and the gate where there are any.
/// </summary>
internal sealed record ConvolutionReference(ConvolutionCase Case, Activation Activation, bool HasBias, int Residual, int Gate) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        Parallel.For(0, result.Rows, row =>
        {
            for (int channel = 0; channel < result.Channels; channel++)
            {
                T value = Sum<T>(Case, inputs[0].Values, inputs[1].Values, row, channel);
                if (HasBias)
                {
                    value += inputs[2].Values[channel];
                }

                if (Gate >= 0)
                {
                    // The gate's extents are the output's trailing ones, or the output's with one channel.
                    ReferenceTensor<T> gate = inputs[Gate];
                    value *= gate[row % gate.Rows, gate.Channels == 1 ? 0 : channel];
                }

                if (Residual >= 0)
                {
                    value += inputs[Residual][row, channel];
                }

                result[row, channel] = SpecialFunctions.Apply(Activation, value);
            }
        });

        return result;
    }

    /// <summary>One output before bias, gate, residual and activation.</summary>
    /// <param name="convolution">Map, kernel, stride, padding.</param>
    /// <param name="input">[N, D, H, W, inputs].</param>
    /// <param name="weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width].</param>
    /// <param name="row">The output's position.</param>
    /// <param name="channel">The output's channel.</param>
    public static T Sum<T>(ConvolutionCase convolution, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, int row, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ConvolutionGeometry geometry = convolution.Geometry;
        Extent3 extent = convolution.Map;
        Extent3 outExtent = geometry.OutputExtent(extent);
        Extent3 kernel = geometry.Kernel;
        int f = geometry.Upsample;
        int groupInputs = geometry.InputChannels / geometry.Groups;
        int group = channel / (geometry.OutputChannels / geometry.Groups);
        int elements = kernel.Depth * kernel.Height * kernel.Width;
        int x = row % outExtent.Width;
        int y = row / outExtent.Width % outExtent.Height;
        int z = row / outExtent.Width / outExtent.Height % outExtent.Depth;
        int n = row / outExtent.Width / outExtent.Height / outExtent.Depth;
        T sum = T.Zero;
        for (int element = 0; element < elements; element++)
        {
            int inputZ = z * geometry.Stride.Depth + element / kernel.Width / kernel.Height - geometry.Padding.Depth;
            int inputY = y * geometry.Stride.Height + element / kernel.Width % kernel.Height - geometry.Padding.Height;
            int inputX = x * geometry.Stride.Width + element % kernel.Width - geometry.Padding.Width;
            if (inputZ < 0 || inputZ >= extent.Depth || inputY < 0 || inputY >= extent.Height * f || inputX < 0 || inputX >= extent.Width * f)
            {
                continue;
            }

            int position = ((n * extent.Depth + inputZ) * extent.Height + inputY / f) * extent.Width + inputX / f;
            ReadOnlySpan<T> values = input.Slice(position * geometry.InputChannels + group * groupInputs, groupInputs);
            ReadOnlySpan<T> weights = weight[(channel * groupInputs * elements + element)..];
            for (int c = 0; c < values.Length; c++)
            {
                sum += values[c] * weights[c * elements];
            }
        }

        return sum;
    }
}

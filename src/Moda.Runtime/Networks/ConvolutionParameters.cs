using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Parameters;

namespace Moda.Runtime.Networks;

/// <summary>
/// A convolution's parameters, and the exact rewrites that networks apply to them before they are packed. Sums over parameters are taken
/// in float64 and rounded once.
/// </summary>
/// <param name="Weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width], row-major.</param>
/// <param name="Bias">[outputs], or empty for none.</param>
/// <param name="Geometry">Kernel, stride, padding, channels.</param>
internal sealed record ConvolutionParameters(ParameterValues Weight, float[] Bias, ConvolutionGeometry Geometry)
{
    private int OutputLength => Weight.Count / Geometry.OutputChannels;

    /// <summary>
    /// Rewrites a two-dimensional convolution as one over a volume. The reference reshapes [C, D, H, W] to [C D, H, W] and convolves in two
    /// dimensions. Over a volume [N, D, H, W, C] the same weights form a kernel that spans the whole depth, and the output's depth is 1.
    /// </summary>
    /// <param name="channels">C, which divides the input channels.</param>
    public ConvolutionParameters OverDepth(int channels) => this with
    {
        Geometry = Geometry with
        {
            InputChannels = channels,
            Kernel = Geometry.Kernel with { Depth = Geometry.InputChannels / channels },
        },
    };

    /// <summary>Joins this convolution and another one of the same kernel and input. The outputs of this one come first.</summary>
    public ConvolutionParameters Append(ConvolutionParameters other) => new(
        ParameterValues.Join(Weight, other.Weight),
        [.. Bias, .. other.Bias],
        Geometry with { OutputChannels = Geometry.OutputChannels + other.Geometry.OutputChannels });

    /// <summary>Merges this convolution and a following pointwise one.</summary>
    /// <param name="pointwise">A convolution of kernel 1 without bias.</param>
    public ConvolutionParameters Then(ConvolutionParameters pointwise)
    {
        int outputs = pointwise.Geometry.OutputChannels;
        int middle = Geometry.OutputChannels;
        int length = OutputLength;
        float[] inner = Weight.ToArray();
        float[] factors = pointwise.Weight.ToArray();
        float[] weight = GC.AllocateUninitializedArray<float>(outputs * length);
        float[] bias = new float[outputs];
        Parallel.For(0, outputs, output =>
        {
            ReadOnlySpan<float> own = factors.AsSpan(output * middle, middle);
            CombineRows(inner, own, weight.AsSpan(output * length, length));
            double sum = 0;
            for (int channel = 0; channel < Bias.Length; channel++)
            {
                sum += (double)own[channel] * Bias[channel];
            }

            bias[output] = (float)sum;
        });
        return new ConvolutionParameters(weight, bias, Geometry with { OutputChannels = outputs });
    }

    /// <summary>
    /// Rewrites a convolution so that each tap along the unrolled axes gives its own output channels (tap by tap, output by output; the
    /// bias belongs to the centre tap). <see cref="Workspace.ShiftAdd"/> then shifts and adds them. A convolution with few outputs uses
    /// only a few lanes of a matrix unit; the rewritten one has many outputs.
    /// </summary>
    /// <param name="unrollHeight">Whether height is also unrolled. Width always is.</param>
    /// <exception cref="NotSupportedException">
    /// The convolution has a stride, groups, upsampling, or padding that changes the unrolled extents.
    /// </exception>
    public ConvolutionParameters UnrollTaps(bool unrollHeight)
    {
        Extent3 kernel = Geometry.Kernel;
        var unrolled = new Extent3(1, unrollHeight ? kernel.Height : 1, kernel.Width);
        if (Geometry.Stride != Extent3.One || Geometry.Groups != 1 || Geometry.Upsample != 1
            || kernel.Width != 2 * Geometry.Padding.Width + 1 || (unrollHeight && kernel.Height != 2 * Geometry.Padding.Height + 1))
        {
            throw new NotSupportedException($"Only a convolution of stride 1 that keeps the extents can be unrolled; this one is {Geometry}.");
        }

        int taps = unrolled.Height * unrolled.Width;
        int rest = OutputLength / taps;
        int outputs = Geometry.OutputChannels;
        float[] original = Weight.ToArray();
        float[] weight = new float[original.Length];
        float[] bias = new float[Bias.Length * taps];
        Bias.CopyTo(bias, taps / 2 * Bias.Length);
        for (int tap = 0; tap < taps; tap++)
        {
            for (int output = 0; output < outputs; output++)
            {
                for (int i = 0; i < rest; i++)
                {
                    // The unrolled axes are the innermost ones of the weights, so the weights of a tap have a constant distance.
                    weight[(tap * outputs + output) * rest + i] = original[(output * rest + i) * taps + tap];
                }
            }
        }

        return new ConvolutionParameters(weight, bias, Geometry with
        {
            OutputChannels = outputs * taps,
            Kernel = new Extent3(kernel.Depth, kernel.Height / unrolled.Height, 1),
            Padding = Geometry.Padding with { Height = unrollHeight ? 0 : Geometry.Padding.Height, Width = 0 },
        });
    }

    /// <summary>Adds rows, each times its factor, in the order of the rows.</summary>
    /// <param name="rows">[factors, sum].</param>
    /// <param name="factors">One for each row.</param>
    /// <param name="sum">Receives the sum.</param>
    private static void CombineRows(ReadOnlySpan<float> rows, ReadOnlySpan<float> factors, Span<float> sum)
    {
        Span<double> sums = new double[sum.Length];
        foreach (float factor in factors)
        {
            AddScaled(rows[..sum.Length], factor, sums);
            rows = rows[sum.Length..];
        }

        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = (float)sums[i];
        }
    }

    private static void AddScaled(ReadOnlySpan<float> row, double factor, Span<double> sums)
    {
        int i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[i..]), out Vector<double> lower, out Vector<double> upper);
            Span<double> place = sums[i..];
            (new Vector<double>(place) + (lower * factor)).CopyTo(place);
            place = place[Vector<double>.Count..];
            (new Vector<double>(place) + (upper * factor)).CopyTo(place);
        }

        for (; i < row.Length; i++)
        {
            sums[i] += factor * row[i];
        }
    }
}

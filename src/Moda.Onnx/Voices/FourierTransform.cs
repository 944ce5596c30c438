namespace Moda.Onnx.Voices;

/// <summary>
/// The discrete Fourier transform of n complex values, n a product of 2, 3 and 5 (Stockham's form, which needs no reordering). In float64, so
/// that its rounding never counts beside that of the network.
/// </summary>
/// <remarks>Not for several threads at once: it has buffers of its own.</remarks>
internal sealed class FourierTransform
{
    private static readonly int[] Radices = [4, 2, 3, 5];

    private readonly int length;
    private readonly List<int> stages = [];
    private readonly double[] rootsReal;
    private readonly double[] rootsImaginary;
    private readonly double[] otherReal;
    private readonly double[] otherImaginary;

    /// <summary>Prepares transforms.</summary>
    /// <param name="length">n; see <see cref="Takes"/>.</param>
    public FourierTransform(int length)
    {
        if (!Takes(length))
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "A product of 2, 3 and 5 is needed.");
        }

        this.length = length;
        int rest = length;
        foreach (int radix in Radices)
        {
            for (; rest % radix == 0; rest /= radix)
            {
                stages.Add(radix);
            }
        }

        rootsReal = new double[length];
        rootsImaginary = new double[length];
        otherReal = new double[length];
        otherImaginary = new double[length];
        for (int k = 0; k < length; k++)
        {
            (double sine, double cosine) = Math.SinCos(-2 * Math.PI * k / length);
            rootsReal[k] = cosine;
            rootsImaginary[k] = sine;
        }
    }

    /// <summary>Whether a length has no prime factors but 2, 3 and 5.</summary>
    public static bool Takes(int length)
    {
        if (length < 1)
        {
            return false;
        }

        foreach (int radix in Radices)
        {
            while (length % radix == 0)
            {
                length /= radix;
            }
        }

        return length == 1;
    }

    /// <summary>Transforms in place: X[k] = sum of x[j] exp(-2 pi i j k / n). With the two parts exchanged it is the inverse, times n.</summary>
    /// <param name="real">[n].</param>
    /// <param name="imaginary">[n].</param>
    public void Transform(Span<double> real, Span<double> imaginary)
    {
        Span<double> fromReal = real;
        Span<double> fromImaginary = imaginary;
        Span<double> toReal = otherReal;
        Span<double> toImaginary = otherImaginary;
        int stride = 1;
        foreach (int radix in stages)
        {
            Butterflies(radix, stride, fromReal, fromImaginary, toReal, toImaginary);
            stride *= radix;
            Span<double> lastReal = fromReal;
            Span<double> lastImaginary = fromImaginary;
            fromReal = toReal;
            fromImaginary = toImaginary;
            toReal = lastReal;
            toImaginary = lastImaginary;
        }

        if (stages.Count % 2 != 0)
        {
            fromReal.CopyTo(real);
            fromImaginary.CopyTo(imaginary);
        }
    }

    /// <summary>One stage: transforms of the radix' length over values that lie n / radix apart, each result turned by its root.</summary>
    private void Butterflies(
        int radix, int stride, ReadOnlySpan<double> fromReal, ReadOnlySpan<double> fromImaginary, Span<double> toReal, Span<double> toImaginary)
    {
        int apart = length / radix;
        int groups = apart / stride;
        Span<double> turnsReal = stackalloc double[radix * radix];
        Span<double> turnsImaginary = stackalloc double[radix * radix];
        for (int group = 0; group < groups; group++)
        {
            for (int output = 0; output < radix; output++)
            {
                for (int input = 0; input < radix; input++)
                {
                    int root = (output * input * apart + output * group * stride) % length;
                    turnsReal[output * radix + input] = rootsReal[root];
                    turnsImaginary[output * radix + input] = rootsImaginary[root];
                }
            }

            for (int output = 0; output < radix; output++)
            {
                int to = stride * (radix * group + output);
                Span<double> sumReal = toReal.Slice(to, stride);
                Span<double> sumImaginary = toImaginary.Slice(to, stride);
                sumReal.Clear();
                sumImaginary.Clear();
                for (int input = 0; input < radix; input++)
                {
                    int from = stride * group + apart * input;
                    AddTurned(
                        fromReal.Slice(from, stride),
                        fromImaginary.Slice(from, stride),
                        turnsReal[output * radix + input],
                        turnsImaginary[output * radix + input],
                        sumReal,
                        sumImaginary);
                }
            }
        }
    }

    /// <summary>Adds complex values times one complex factor to sums.</summary>
    private static void AddTurned(
        ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary, double turnReal, double turnImaginary, Span<double> sumReal, Span<double> sumImaginary)
    {
        for (int i = 0; i < sumReal.Length; i++)
        {
            sumReal[i] += real[i] * turnReal - imaginary[i] * turnImaginary;
            sumImaginary[i] += real[i] * turnImaginary + imaginary[i] * turnReal;
        }
    }
}

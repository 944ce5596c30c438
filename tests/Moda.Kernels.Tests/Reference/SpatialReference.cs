using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

internal sealed record AveragePoolReference(Extent3 Window) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        (int images, int depth, int height, int width) = input.Volume;
        for (int image = 0; image < images; image++)
        {
            for (int z = 0; z < depth; z++)
            {
                for (int y = 0; y < height; y++)
                {
                    for (int x = 0; x < width; x++)
                    {
                        long row = result.RowAt(image, z / Window.Depth, y / Window.Height, x / Window.Width);
                        for (int c = 0; c < output.Channels; c++)
                        {
                            result[row, c] += input[input.RowAt(image, z, y, x), c]
                                / T.CreateChecked(Window.Depth * Window.Height * Window.Width);
                        }
                    }
                }
            }
        }

        return result;
    }
}

internal sealed record MaxPoolReference(int Kernel, int Stride, int Padding) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        (int images, _, int height, int width) = result.Volume;
        for (int image = 0; image < images; image++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int c = 0; c < output.Channels; c++)
                    {
                        result[result.RowAt(image, 0, y, x), c] = Window(input, image, y * Stride - Padding, x * Stride - Padding, c);
                    }
                }
            }
        }

        return result;
    }

    private T Window<T>(ReferenceTensor<T> input, int image, int top, int left, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T largest = T.NegativeInfinity;
        for (int y = top; y < top + Kernel; y++)
        {
            for (int x = left; x < left + Kernel; x++)
            {
                if (y >= 0 && y < input.Shape[1] && x >= 0 && x < input.Shape[2])
                {
                    largest = T.Max(largest, input[input.RowAt(image, 0, y, x), channel]);
                }
            }
        }

        return largest;
    }
}

internal sealed record ResizeNearestReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        (int images, int depth, int height, int width) = result.Volume;
        for (int image = 0; image < images; image++)
        {
            for (int z = 0; z < depth; z++)
            {
                for (int y = 0; y < height; y++)
                {
                    for (int x = 0; x < width; x++)
                    {
                        long inputRow = input.RowAt(image, z, y * input.Shape[^3] / height, x * input.Shape[^2] / width);
                        for (int c = 0; c < output.Channels; c++)
                        {
                            result[result.RowAt(image, z, y, x), c] = input[inputRow, c];
                        }
                    }
                }
            }
        }

        return result;
    }
}

internal sealed record ResizeBilinearReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        for (int image = 0; image < output[0]; image++)
        {
            for (int y = 0; y < output[1]; y++)
            {
                (int top, int bottom, T down) = Neighbours<T>(y, input.Shape[1], output[1]);
                for (int x = 0; x < output[2]; x++)
                {
                    (int left, int right, T along) = Neighbours<T>(x, input.Shape[2], output[2]);
                    for (int c = 0; c < output.Channels; c++)
                    {
                        T above = input[input.RowAt(image, 0, top, left), c] * (T.One - along)
                            + input[input.RowAt(image, 0, top, right), c] * along;
                        T below = input[input.RowAt(image, 0, bottom, left), c] * (T.One - along)
                            + input[input.RowAt(image, 0, bottom, right), c] * along;
                        result[result.RowAt(image, 0, y, x), c] = above * (T.One - down) + below * down;
                    }
                }
            }
        }

        return result;
    }

    private static (int First, int Second, T Fraction) Neighbours<T>(int index, int inputExtent, int outputExtent)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (outputExtent == 1)
        {
            return (0, 0, T.Zero);
        }

        T position = T.CreateChecked((long)index * (inputExtent - 1)) / T.CreateChecked(outputExtent - 1);
        int first = int.CreateChecked(T.Floor(position));
        return (first, Math.Min(first + 1, inputExtent - 1), position - T.CreateChecked(first));
    }
}

internal sealed record ShiftAddReference(int Height, int Width, Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sums = new ReferenceTensor<T>(output);
        for (int image = 0; image < output[0]; image++)
        {
            for (int d = 0; d < output[1]; d++)
            {
                // Each input position gives its taps away: tap (i, j) goes to where the kernel's center is then.
                for (int y = 0; y < output[2]; y++)
                {
                    for (int x = 0; x < output[3]; x++)
                    {
                        Scatter(sums, inputs[0], image, d, y, x);
                    }
                }
            }
        }

        return new ReferenceTensor<T>(output, Array.ConvertAll(sums.Values, value => SpecialFunctions.Apply(Activation, value)));
    }

    private void Scatter<T>(ReferenceTensor<T> sums, ReferenceTensor<T> taps, int image, int d, int y, int x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int tap = 0; tap < Height * Width; tap++)
        {
            int targetY = y - (tap / Width - Height / 2);
            int targetX = x - (tap % Width - Width / 2);
            if (targetY >= 0 && targetY < sums.Shape[2] && targetX >= 0 && targetX < sums.Shape[3])
            {
                for (int c = 0; c < sums.Channels; c++)
                {
                    sums[sums.RowAt(image, d, targetY, targetX), c] += taps[taps.RowAt(image, d, y, x), tap * sums.Channels + c];
                }
            }
        }
    }
}

internal sealed record PixelShuffleReference(int Factor, Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        for (int image = 0; image < output[0]; image++)
        {
            for (int y = 0; y < output[1]; y++)
            {
                for (int x = 0; x < output[2]; x++)
                {
                    long inputRow = inputs[0].RowAt(image, 0, y / Factor, x / Factor);
                    for (int c = 0; c < output.Channels; c++)
                    {
                        T value = inputs[0][inputRow, c * Factor * Factor + y % Factor * Factor + x % Factor];
                        result[result.RowAt(image, 0, y, x), c] = SpecialFunctions.Apply(Activation, value);
                    }
                }
            }
        }

        return result;
    }
}

internal sealed record ChannelsToDepthReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        (int images, int depth, int height, int width) = result.Volume;
        for (int image = 0; image < images; image++)
        {
            for (int z = 0; z < depth; z++)
            {
                for (int y = 0; y < height; y++)
                {
                    for (int x = 0; x < width; x++)
                    {
                        for (int c = 0; c < output.Channels; c++)
                        {
                            result[result.RowAt(image, z, y, x), c] = inputs[0][inputs[0].RowAt(image, 0, y, x), c * depth + z];
                        }
                    }
                }
            }
        }

        return result;
    }
}

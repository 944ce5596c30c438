using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

internal sealed record LayerNormReference(float Epsilon) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        T count = T.CreateChecked(input.Channels);
        for (int row = 0; row < input.Rows; row++)
        {
            T mean = T.Zero;
            for (int c = 0; c < input.Channels; c++)
            {
                mean += input[row, c];
            }

            mean /= count;
            T variance = T.Zero;
            for (int c = 0; c < input.Channels; c++)
            {
                variance += (input[row, c] - mean) * (input[row, c] - mean);
            }

            T deviation = T.Sqrt(variance / count + T.CreateChecked(Epsilon));
            for (int c = 0; c < input.Channels; c++)
            {
                result[row, c] = (input[row, c] - mean) / deviation * inputs[1][0, c] + inputs[2][0, c];
            }
        }

        return result;
    }
}

/// <summary>Inputs: x and, where there is one, the weight.</summary>
internal sealed record RmsNormReference(float Epsilon) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        for (int row = 0; row < result.Rows; row++)
        {
            T root = RootMeanSquare(inputs[0], row, 0, result.Channels, Epsilon);
            for (int c = 0; c < result.Channels; c++)
            {
                result[row, c] = inputs[0][row, c] / root * (inputs.Length > 1 ? inputs[1][0, c] : T.One);
            }
        }

        return result;
    }

    public static T RootMeanSquare<T>(ReferenceTensor<T> input, int row, int firstChannel, int channels, float epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = T.Zero;
        for (int c = 0; c < channels; c++)
        {
            sum += input[row, firstChannel + c] * input[row, firstChannel + c];
        }

        return T.Sqrt(sum / T.CreateChecked(channels) + T.CreateChecked(epsilon));
    }
}

/// <summary>Inputs: x [T, B, C], shift and scale [B, C].</summary>
internal sealed record AdaRmsNormReference(float Epsilon) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        for (int row = 0; row < result.Rows; row++)
        {
            T root = RmsNormReference.RootMeanSquare(inputs[0], row, 0, result.Channels, Epsilon);
            int batch = row % output[1];
            for (int c = 0; c < result.Channels; c++)
            {
                result[row, c] = inputs[0][row, c] / root * (T.One + inputs[2][batch, c]) + inputs[1][batch, c];
            }
        }

        return result;
    }
}

/// <summary>Inputs: heads [T, B, heads x D], weight [D] and, where the heads are rotated, the rotation [P, D].</summary>
internal sealed record QkNormRopeReference(int HeadCount, float Epsilon) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int channels = output.Channels / HeadCount;
        for (int row = 0; row < result.Rows; row++)
        {
            for (int head = 0; head < HeadCount; head++)
            {
                int first = head * channels;
                T root = RmsNormReference.RootMeanSquare(inputs[0], row, first, channels, Epsilon);
                for (int c = 0; c < channels; c++)
                {
                    result[row, first + c] = inputs[0][row, first + c] / root * inputs[1][0, c];
                }

                if (inputs.Length > 2)
                {
                    Rotate(result, row, first, channels, inputs[2], row / output[1] % inputs[2].Rows);
                }
            }
        }

        return result;
    }

    private static void Rotate<T>(ReferenceTensor<T> heads, int row, int first, int channels, ReferenceTensor<T> rotation, int position)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int pair = 0; pair < channels / 2; pair++)
        {
            T cosine = rotation[position, pair];
            T sine = rotation[position, channels / 2 + pair];
            T real = heads[row, first + 2 * pair];
            T imaginary = heads[row, first + 2 * pair + 1];
            heads[row, first + 2 * pair] = real * cosine - imaginary * sine;
            heads[row, first + 2 * pair + 1] = real * sine + imaginary * cosine;
        }
    }
}

/// <summary>Inputs: query [Tq, B, C], key and value [Tk, B, C] and, where there is one, the key bias [Tk].</summary>
internal sealed record AttentionReference(int HeadCount, float Scale) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int keys = inputs[1].Shape[0];
        int batchSize = output[1];
        int channels = output.Channels / HeadCount;
        var weights = new T[keys];
        for (int row = 0; row < result.Rows; row++)
        {
            for (int head = 0; head < HeadCount; head++)
            {
                T maximum = T.NegativeInfinity;
                for (int key = 0; key < keys; key++)
                {
                    T logit = T.Zero;
                    for (int c = head * channels; c < (head + 1) * channels; c++)
                    {
                        logit += inputs[0][row, c] * inputs[1][key * batchSize + row % batchSize, c];
                    }

                    weights[key] = logit * T.CreateChecked(Scale) + (inputs.Length > 3 ? inputs[3].Values[key] : T.Zero);
                    maximum = T.Max(maximum, weights[key]);
                }

                T sum = T.Zero;
                for (int key = 0; key < keys; key++)
                {
                    weights[key] = T.Exp(weights[key] - maximum);
                    sum += weights[key];
                }

                for (int c = head * channels; c < (head + 1) * channels; c++)
                {
                    T mean = T.Zero;
                    for (int key = 0; key < keys; key++)
                    {
                        mean += weights[key] / sum * inputs[2][key * batchSize + row % batchSize, c];
                    }

                    result[row, c] = mean;
                }
            }
        }

        return result;
    }
}

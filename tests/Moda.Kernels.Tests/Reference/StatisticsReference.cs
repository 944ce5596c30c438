using System.Numerics;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Reference;

internal sealed record InstanceStatisticsReference(float Epsilon) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        int positions = input.Rows / output[0];
        T count = T.CreateChecked(positions);
        for (int image = 0; image < output[0]; image++)
        {
            for (int c = 0; c < input.Channels; c++)
            {
                T mean = T.Zero;
                for (int p = 0; p < positions; p++)
                {
                    mean += input[(long)image * positions + p, c];
                }

                mean /= count;
                T variance = T.Zero;
                for (int p = 0; p < positions; p++)
                {
                    T difference = input[(long)image * positions + p, c] - mean;
                    variance += difference * difference;
                }

                result[2 * image, c] = mean;
                result[2 * image + 1, c] = T.One / T.Sqrt(variance / count + T.CreateChecked(Epsilon));
            }
        }

        return result;
    }
}

internal sealed record GlobalAveragePoolReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int positions = inputs[0].Rows / output[0];
        for (int row = 0; row < inputs[0].Rows; row++)
        {
            for (int c = 0; c < output.Channels; c++)
            {
                result[row / positions, c] += inputs[0][row, c];
            }
        }

        for (long i = 0; i < result.Values.LongLength; i++)
        {
            result.Values[i] /= T.CreateChecked(positions);
        }

        return result;
    }
}

/// <summary>Inputs: x [N, H, W, C], gamma and beta [C].</summary>
internal sealed record GlobalResponseNormReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReferenceTensor<T> input = inputs[0];
        var result = new ReferenceTensor<T>(output);
        int positions = input.Rows / output[0];
        var norms = new T[output.Channels];
        for (int image = 0; image < output[0]; image++)
        {
            T mean = T.Zero;
            for (int c = 0; c < output.Channels; c++)
            {
                norms[c] = T.Zero;
                for (int p = 0; p < positions; p++)
                {
                    norms[c] += input[(long)image * positions + p, c] * input[(long)image * positions + p, c];
                }

                norms[c] = T.Sqrt(norms[c]);
                mean += norms[c] / T.CreateChecked(output.Channels);
            }

            for (int p = 0; p < positions; p++)
            {
                long row = (long)image * positions + p;
                for (int c = 0; c < output.Channels; c++)
                {
                    T response = norms[c] / (mean + T.CreateChecked(1e-6));
                    result[row, c] = inputs[1][0, c] * (input[row, c] * response) + inputs[2][0, c] + input[row, c];
                }
            }
        }

        return result;
    }
}

/// <summary>Inputs: x [N, H / f, W / f, C], statistics [N, 2, C], gammas and betas [N, H, W, 2 C].</summary>
internal sealed record SpadeModulateReference(Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int factor = output[1] / inputs[0].Shape[1];
        for (int image = 0; image < output[0]; image++)
        {
            for (int y = 0; y < output[1]; y++)
            {
                for (int x = 0; x < output[2]; x++)
                {
                    long row = result.RowAt(image, 0, y, x);
                    long inputRow = inputs[0].RowAt(image, 0, y / factor, x / factor);
                    for (int c = 0; c < output.Channels; c++)
                    {
                        T normalized = (inputs[0][inputRow, c] - inputs[1][2 * image, c]) * inputs[1][2 * image + 1, c];
                        T beta = inputs[2].Shape.Channels > output.Channels ? inputs[2][row, output.Channels + c] : T.Zero;
                        T modulated = normalized * (T.One + inputs[2][row, c]) + beta;
                        result[row, c] = SpecialFunctions.Apply(Activation, modulated);
                    }
                }
            }
        }

        return result;
    }
}

/// <summary>
/// Inputs: the hidden map [N, H, W, S], weights and bias of 2 C outputs, x [N, H / f, W / f, C], statistics [N, 2, C].
/// </summary>
internal sealed record ConvolutionModulateReference(ConvolutionCase Case, Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var convolution = new ConvolutionReference(Case, Activation.None, HasBias: true, Residual: -1, Gate: -1);
        ReferenceTensor<T> modulation = convolution.Compute(inputs[..3], output.WithChannels(2 * output.Channels));
        return new SpadeModulateReference(Activation).Compute([inputs[3], inputs[4], modulation], output);
    }
}

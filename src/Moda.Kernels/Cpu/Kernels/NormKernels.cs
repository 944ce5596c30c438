using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.LayerNorm"/> of a range of positions.</summary>
internal unsafe struct LayerNormKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Weight;
    public required float* Bias;
    public required float* Output;
    public required int OutputStride;
    public required int Channels;
    public required float Epsilon;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            float mean = RowReductions.Sum<TVector>(input, Channels, 0) / Channels;
            float variance = RowReductions.SumOfSquares<TVector>(input, Channels, mean) / Channels;
            NormalizeRow.Invoke<TVector>(
                input, mean, 1 / MathF.Sqrt(variance + Epsilon), Weight, Bias, 0, Output + (long)row * OutputStride, Channels);
        }
    }
}

/// <summary><see cref="Device.RmsNorm"/> of a range of positions.</summary>
internal unsafe struct RmsNormKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;

    /// <summary>Null for none.</summary>
    public required float* Weight;
    public required float* Output;
    public required int OutputStride;
    public required int Channels;
    public required float Epsilon;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            float scale = NormalizeRow.ReciprocalRootMeanSquare<TVector>(input, Channels, Epsilon);
            NormalizeRow.Invoke<TVector>(input, 0, scale, Weight, null, 0, Output + (long)row * OutputStride, Channels);
        }
    }
}

/// <summary><see cref="Device.AdaRmsNorm(Tensor, Tensor, Tensor, float, Tensor)"/> of a range of positions.</summary>
internal unsafe struct AdaRmsNormKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Shift;
    public required int ShiftStride;
    public required float* Scale;
    public required int ScaleStride;
    public required float* Output;
    public required int OutputStride;
    public required int BatchSize;
    public required int Channels;
    public required float Epsilon;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            int batch = row % BatchSize;
            float scale = NormalizeRow.ReciprocalRootMeanSquare<TVector>(input, Channels, Epsilon);
            NormalizeRow.Invoke<TVector>(
                input, 0, scale, Scale + (long)batch * ScaleStride, Shift + (long)batch * ShiftStride, 1,
                Output + (long)row * OutputStride, Channels);
        }
    }
}

/// <summary>What the normalisations over channels share.</summary>
internal static unsafe class NormalizeRow
{
    /// <summary><c>1 / sqrt(mean(x^2) + epsilon)</c>.</summary>
    public static float ReciprocalRootMeanSquare<TVector>(float* input, int channels, float epsilon)
        where TVector : unmanaged, IFloatVector<TVector> =>
        1 / MathF.Sqrt(RowReductions.SumOfSquares<TVector>(input, channels, 0) / channels + epsilon);

    /// <summary><c>(x - mean) scale (weightOffset + weight) + bias</c>; a weight or bias that is null counts as 1 and 0.</summary>
    public static void Invoke<TVector>(
        float* input, float mean, float scale, float* weight, float* bias, float weightOffset, float* output, int channels)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector means = TVector.Broadcast(mean);
        TVector scales = TVector.Broadcast(scale);
        TVector offsets = TVector.Broadcast(weightOffset);
        int c = 0;
        for (; c <= channels - TVector.Count; c += TVector.Count)
        {
            TVector y = (TVector.Load(input + c) - means) * scales;
            if (weight is not null)
            {
                y *= TVector.Load(weight + c) + offsets;
            }

            if (bias is not null)
            {
                y += TVector.Load(bias + c);
            }

            TVector.Store(y, output + c);
        }

        int rest = channels - c;
        if (rest > 0)
        {
            TVector y = (TVector.LoadPartial(input + c, rest) - means) * scales;
            if (weight is not null)
            {
                y *= TVector.LoadPartial(weight + c, rest) + offsets;
            }

            if (bias is not null)
            {
                y += TVector.LoadPartial(bias + c, rest);
            }

            TVector.StorePartial(y, output + c, rest);
        }
    }
}

/// <summary><see cref="Device.QkNormRope(Tensor, Tensor, Tensor?, int, float)"/> of a range of positions.</summary>
internal unsafe struct QkNormRopeKernel : IVectorKernel
{
    /// <summary>The longest head whose expanded rotation fits on the stack.</summary>
    public const int MaximumHeadChannels = 1024;

    public required float* Heads;
    public required int Stride;
    public required float* Weight;

    /// <summary>Null for none.</summary>
    public required float* Rotation;
    public required int RotationStride;
    public required int RotationPositions;
    public required int BatchSize;
    public required int HeadCount;
    public required int HeadChannels;
    public required float Epsilon;

    [SkipLocalsInit]
    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        // (x0, x1) -> (x0 cos - x1 sin, x1 cos + x0 sin): x times the repeated cosines plus swapped x times the signed sines.
        float* cosines = stackalloc float[2 * MaximumHeadChannels];
        float* sines = cosines + MaximumHeadChannels;
        for (int row = start; row < end; row++)
        {
            if (Rotation is not null)
            {
                float* rotation = Rotation + (long)(row / BatchSize % RotationPositions) * RotationStride;
                int pairs = HeadChannels / 2;
                for (int i = 0; i < pairs; i++)
                {
                    cosines[2 * i] = rotation[i];
                    cosines[2 * i + 1] = rotation[i];
                    sines[2 * i] = -rotation[pairs + i];
                    sines[2 * i + 1] = rotation[pairs + i];
                }
            }

            float* head = Heads + (long)row * Stride;
            for (int h = 0; h < HeadCount; h++, head += HeadChannels)
            {
                TVector scale = TVector.Broadcast(
                    NormalizeRow.ReciprocalRootMeanSquare<TVector>(head, HeadChannels, Epsilon));
                int c = 0;
                for (; c <= HeadChannels - TVector.Count; c += TVector.Count)
                {
                    TVector y = TVector.Load(head + c) * scale * TVector.Load(Weight + c);
                    if (Rotation is not null)
                    {
                        y = TVector.MultiplyAdd(y, TVector.Load(cosines + c), TVector.SwapPairs(y) * TVector.Load(sines + c));
                    }

                    TVector.Store(y, head + c);
                }

                int rest = HeadChannels - c;
                if (rest > 0)
                {
                    TVector y = TVector.LoadPartial(head + c, rest) * scale * TVector.LoadPartial(Weight + c, rest);
                    if (Rotation is not null)
                    {
                        y = TVector.MultiplyAdd(
                            y, TVector.LoadPartial(cosines + c, rest), TVector.SwapPairs(y) * TVector.LoadPartial(sines + c, rest));
                    }

                    TVector.StorePartial(y, head + c, rest);
                }
            }
        }
    }
}

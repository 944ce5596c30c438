using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// <see cref="IFusedSparseMotion.CombineMotions"/>. The weights of the softmax add up to 1, so the sum of the translated grids is the grid plus
/// the weighted sum of the translations. The item is a row of positions along the width.
/// </summary>
internal unsafe struct CombineMotionsKernel : IVectorKernel
{
    /// <summary>The most candidates whose translations fit on the stack.</summary>
    public const int MaximumCandidates = 4096;

    public required float* Logits;
    public required int LogitsStride;
    public required int Candidates;
    public required float* Driving;
    public required int DrivingStride;
    public required float* Source;
    public required int SourceStride;
    public required VolumeExtents Extents;
    public required float* Output;
    public required int OutputStride;

    [SkipLocalsInit]
    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int padded = (Candidates + TVector.Count - 1) / TVector.Count * TVector.Count;

        // [3, padded] translations, then a vector that is added to the last logits: minus infinity gives lanes past the candidates no weight.
        float* stack = stackalloc float[3 * padded + TVector.Count + CacheLine.Elements];
        float* translations = CacheLine.Align(stack);
        float* tail = translations + 3 * padded;
        for (int lane = 0; lane < TVector.Count; lane++)
        {
            tail[lane] = padded - TVector.Count + lane < Candidates ? 0 : float.NegativeInfinity;
        }

        int gatheredImage = -1;
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = Extents.RowAt(row);
            if (image != gatheredImage)
            {
                GatherTranslations(image, translations, padded);
                gatheredImage = image;
            }

            float gridY = (float)AxisSample.GridCoordinate(y, Extents.Height);
            float gridZ = (float)AxisSample.GridCoordinate(z, Extents.Depth);
            long position = (long)row * Extents.Width;
            for (int x = 0; x < Extents.Width; x++, position++)
            {
                (float dx, float dy, float dz) = Combine(Logits + position * LogitsStride, translations, padded, TVector.Load(tail));
                float* output = Output + position * OutputStride;
                output[0] = (float)AxisSample.GridCoordinate(x, Extents.Width) + dx;
                output[1] = gridY + dy;
                output[2] = gridZ + dz;
            }
        }
    }

    private readonly void GatherTranslations(int image, float* translations, int padded)
    {
        new Span<float>(translations, 3 * padded).Clear();
        for (int candidate = 1; candidate < Candidates; candidate++)
        {
            long keypoint = (long)image * (Candidates - 1) + candidate - 1;
            for (int dimension = 0; dimension < 3; dimension++)
            {
                translations[dimension * padded + candidate] =
                    Source[keypoint * SourceStride + dimension] - Driving[keypoint * DrivingStride + dimension];
            }
        }
    }

    private readonly (float X, float Y, float Z) Combine<TVector>(float* logits, float* translations, int padded, TVector tail)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int last = padded - TVector.Count;
        TVector lastLogits = ChannelVector.Load<TVector>(logits + last, Candidates - last) + tail;
        TVector largest = lastLogits;
        for (int i = 0; i < last; i += TVector.Count)
        {
            largest = TVector.Max(largest, TVector.Load(logits + i));
        }

        TVector maximum = TVector.Broadcast(TVector.Maximum(largest));
        TVector sum = VectorMath.Exp(lastLogits - maximum);
        TVector x = sum * TVector.Load(translations + last);
        TVector y = sum * TVector.Load(translations + padded + last);
        TVector z = sum * TVector.Load(translations + 2 * padded + last);
        for (int i = 0; i < last; i += TVector.Count)
        {
            TVector weight = VectorMath.Exp(TVector.Load(logits + i) - maximum);
            sum += weight;
            x = TVector.MultiplyAdd(weight, TVector.Load(translations + i), x);
            y = TVector.MultiplyAdd(weight, TVector.Load(translations + padded + i), y);
            z = TVector.MultiplyAdd(weight, TVector.Load(translations + 2 * padded + i), z);
        }

        float scale = 1 / TVector.Sum(sum);
        return (TVector.Sum(x) * scale, TVector.Sum(y) * scale, TVector.Sum(z) * scale);
    }
}

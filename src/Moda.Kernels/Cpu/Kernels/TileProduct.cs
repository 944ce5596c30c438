using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// The register tile of attention's two matrix products: six rows by two vectors of columns. That gives twelve independent chains of
/// fused multiply-adds and leaves four of sixteen registers for the operands.
/// </summary>
internal static unsafe class TileProduct
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary><c>output = output rowScale + left right</c>, or without the first term.</summary>
    /// <param name="left">Six rows of <paramref name="depth"/> elements.</param>
    /// <param name="leftStride">Elements between rows.</param>
    /// <param name="depth">The extent that is summed over.</param>
    /// <param name="right">[depth, two vectors].</param>
    /// <param name="rowScale">Six factors for the present values of the output; null to overwrite them.</param>
    /// <param name="output">Six rows of two vectors.</param>
    /// <param name="outputStride">Elements between rows.</param>
    public static void Invoke<TVector>(
        float* left, nint leftStride, int depth, float* right, float* rowScale, float* output, nint outputStride)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int count = TVector.Count;
        TVector c00 = TVector.Broadcast(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
        TVector c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
        float* left3 = left + 3 * leftStride;
        for (int k = 0; k < depth; k++)
        {
            TVector right0 = TVector.Load(right);
            TVector right1 = TVector.Load(right + count);
            TVector a = TVector.Broadcast(left[0]);
            c00 = TVector.MultiplyAdd(a, right0, c00);
            c01 = TVector.MultiplyAdd(a, right1, c01);
            a = TVector.Broadcast(left[leftStride]);
            c10 = TVector.MultiplyAdd(a, right0, c10);
            c11 = TVector.MultiplyAdd(a, right1, c11);
            a = TVector.Broadcast(left[2 * leftStride]);
            c20 = TVector.MultiplyAdd(a, right0, c20);
            c21 = TVector.MultiplyAdd(a, right1, c21);
            a = TVector.Broadcast(left3[0]);
            c30 = TVector.MultiplyAdd(a, right0, c30);
            c31 = TVector.MultiplyAdd(a, right1, c31);
            a = TVector.Broadcast(left3[leftStride]);
            c40 = TVector.MultiplyAdd(a, right0, c40);
            c41 = TVector.MultiplyAdd(a, right1, c41);
            a = TVector.Broadcast(left3[2 * leftStride]);
            c50 = TVector.MultiplyAdd(a, right0, c50);
            c51 = TVector.MultiplyAdd(a, right1, c51);
            left++;
            left3++;
            right += 2 * count;
        }

        Write(c00, c01, rowScale, 0, output);
        Write(c10, c11, rowScale, 1, output + outputStride);
        Write(c20, c21, rowScale, 2, output + 2 * outputStride);
        Write(c30, c31, rowScale, 3, output + 3 * outputStride);
        Write(c40, c41, rowScale, 4, output + 4 * outputStride);
        Write(c50, c51, rowScale, 5, output + 5 * outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TVector>(TVector sum0, TVector sum1, float* rowScale, int row, float* output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        if (rowScale is not null)
        {
            TVector scale = TVector.Broadcast(rowScale[row]);
            sum0 = TVector.MultiplyAdd(TVector.Load(output), scale, sum0);
            sum1 = TVector.MultiplyAdd(TVector.Load(output + TVector.Count), scale, sum1);
        }

        TVector.Store(sum0, output);
        TVector.Store(sum1, output + TVector.Count);
    }
}

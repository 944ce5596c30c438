using System.Runtime.Intrinsics;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.ReadBytes"/> of a range of rows; NaN becomes 0.</summary>
internal unsafe struct ReadBytesKernel : IVectorKernel
{
    public required ElementwiseRows Rows;
    public required float* Input;
    public required int InputStride;
    public required byte* Output;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            byte* output = Output + (long)row * Rows.Length;
            int length = Rows.LengthOf(row);
            int i = 0;

            // Sixteen elements become sixteen bytes: one vector of 128 bits, which every machine has.
            for (; i <= length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                Vector128<ushort> lower = Vector128.Narrow(ToLevels(input + i), ToLevels(input + i + 4));
                Vector128<ushort> upper = Vector128.Narrow(ToLevels(input + i + 8), ToLevels(input + i + 12));
                Vector128.Narrow(lower, upper).Store(output + i);
            }

            for (; i < length; i++)
            {
                output[i] = float.IsNaN(input[i]) ? (byte)0 : (byte)(Math.Clamp(input[i], 0, 1) * 255);
            }
        }
    }

    private static Vector128<uint> ToLevels(float* input)
    {
        Vector128<float> x = Vector128.Load(input);
        x = Vector128.ConditionalSelect(Vector128.GreaterThan(x, Vector128<float>.Zero), x, Vector128<float>.Zero);
        return Vector128.ConvertToInt32Native(Vector128.MinNative(x, Vector128<float>.One) * 255f).AsUInt32();
    }
}

using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.ResizeNearest"/>; the item is a row of output positions.</summary>
internal unsafe struct ResizeNearestKernel : IVectorKernel
{
    public required SpatialOperands Operands;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = Operands.OutputExtents.RowAt(row);
            int inputY = (int)((long)y * Operands.InputExtents.Height / Operands.OutputExtents.Height);
            float* inputRow = Operands.InputAt(image, z, inputY, 0);
            float* output = Operands.OutputRow(row);
            for (int x = 0; x < Operands.OutputExtents.Width; x++, output += Operands.OutputStride)
            {
                int inputX = (int)((long)x * Operands.InputExtents.Width / Operands.OutputExtents.Width);
                RowLoops.Copy(inputRow + (long)inputX * Operands.InputStride, output, Operands.Channels);
            }
        }
    }
}

/// <summary><see cref="Device.ResizeBilinear"/>; the item is a row of output positions.</summary>
internal unsafe struct ResizeBilinearKernel : IVectorKernel
{
    public required SpatialOperands Operands;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, _, int y) = Operands.OutputExtents.RowAt(row);
            (int upper, int lower, float down) = Neighbours(y, Operands.InputExtents.Height, Operands.OutputExtents.Height);
            float* upperRow = Operands.InputAt(image, 0, upper, 0);
            float* lowerRow = Operands.InputAt(image, 0, lower, 0);
            float* output = Operands.OutputRow(row);
            for (int x = 0; x < Operands.OutputExtents.Width; x++, output += Operands.OutputStride)
            {
                (int left, int right, float along) = Neighbours(x, Operands.InputExtents.Width, Operands.OutputExtents.Width);
                Blend<TVector>(
                    upperRow + (long)left * Operands.InputStride, upperRow + (long)right * Operands.InputStride,
                    lowerRow + (long)left * Operands.InputStride, lowerRow + (long)right * Operands.InputStride,
                    along, down, output);
            }
        }
    }

    private static (int First, int Second, float Fraction) Neighbours(int index, int inputExtent, int outputExtent)
    {
        double coordinate = outputExtent == 1 ? 0 : (double)index * (inputExtent - 1) / (outputExtent - 1);
        int first = (int)coordinate;
        return (first, Math.Min(first + 1, inputExtent - 1), (float)(coordinate - first));
    }

    private readonly void Blend<TVector>(
        float* upperLeft, float* upperRight, float* lowerLeft, float* lowerRight, float along, float down, float* output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector right = TVector.Broadcast(along);
        TVector left = TVector.Broadcast(1 - along);
        TVector lower = TVector.Broadcast(down);
        TVector upper = TVector.Broadcast(1 - down);
        for (int c = 0; c < Operands.Channels; c += TVector.Count)
        {
            int channels = Math.Min(Operands.Channels - c, TVector.Count);
            TVector above = TVector.MultiplyAdd(
                ChannelVector.Load<TVector>(upperRight + c, channels), right, ChannelVector.Load<TVector>(upperLeft + c, channels) * left);
            TVector below = TVector.MultiplyAdd(
                ChannelVector.Load<TVector>(lowerRight + c, channels), right, ChannelVector.Load<TVector>(lowerLeft + c, channels) * left);
            ChannelVector.Store(TVector.MultiplyAdd(below, lower, above * upper), output + c, channels);
        }
    }
}

using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.AveragePool"/>; the item is a row of output positions.</summary>
internal unsafe struct AveragePoolKernel : IVectorKernel
{
    public required SpatialOperands Operands;
    public required Extent3 Window;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector scale = TVector.Broadcast(1f / (Window.Depth * Window.Height * Window.Width));
        int inputStride = Operands.InputStride;
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = Operands.OutputExtents.RowAt(row);
            float* output = Operands.OutputRow(row);
            for (int x = 0; x < Operands.OutputExtents.Width; x++, output += Operands.OutputStride)
            {
                for (int c = 0; c < Operands.Channels; c += TVector.Count)
                {
                    int channels = Math.Min(Operands.Channels - c, TVector.Count);
                    TVector sum = TVector.Broadcast(0);
                    for (int dz = 0; dz < Window.Depth; dz++)
                    {
                        for (int dy = 0; dy < Window.Height; dy++)
                        {
                            float* input = Operands.InputAt(
                                image, z * Window.Depth + dz, y * Window.Height + dy, x * Window.Width) + c;
                            for (int dx = 0; dx < Window.Width; dx++, input += inputStride)
                            {
                                sum += ChannelVector.Load<TVector>(input, channels);
                            }
                        }
                    }

                    ChannelVector.Store(sum * scale, output + c, channels);
                }
            }
        }
    }
}

/// <summary><see cref="Device.MaxPool"/>; the item is a row of output positions.</summary>
internal unsafe struct MaxPoolKernel : IVectorKernel
{
    public required SpatialOperands Operands;
    public required int Kernel;
    public required int Stride;
    public required int Padding;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, _, int y) = Operands.OutputExtents.RowAt(row);
            int firstY = Math.Max(0, y * Stride - Padding);
            int endY = Math.Min(Operands.InputExtents.Height, y * Stride - Padding + Kernel);
            float* output = Operands.OutputRow(row);
            for (int x = 0; x < Operands.OutputExtents.Width; x++, output += Operands.OutputStride)
            {
                int firstX = Math.Max(0, x * Stride - Padding);
                int endX = Math.Min(Operands.InputExtents.Width, x * Stride - Padding + Kernel);
                for (int c = 0; c < Operands.Channels; c += TVector.Count)
                {
                    int channels = Math.Min(Operands.Channels - c, TVector.Count);
                    TVector largest = TVector.Broadcast(float.NegativeInfinity);
                    for (int inputY = firstY; inputY < endY; inputY++)
                    {
                        float* input = Operands.InputAt(image, 0, inputY, firstX) + c;
                        for (int inputX = firstX; inputX < endX; inputX++, input += Operands.InputStride)
                        {
                            largest = TVector.Max(largest, ChannelVector.Load<TVector>(input, channels));
                        }
                    }

                    ChannelVector.Store(largest, output + c, channels);
                }
            }
        }
    }
}

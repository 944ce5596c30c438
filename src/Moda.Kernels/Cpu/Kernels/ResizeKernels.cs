using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.ResizeNearest"/>; the item is a row of output positions.</summary>
internal unsafe struct ResizeNearestKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required VolumeExtents InputExtents;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents OutputExtents;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = OutputExtents.RowAt(row);
            int inputY = (int)((long)y * InputExtents.Height / OutputExtents.Height);
            float* inputRow = Input + InputExtents.Position(image, z, inputY, 0) * InputStride;
            float* output = Output + (long)row * OutputExtents.Width * OutputStride;
            for (int x = 0; x < OutputExtents.Width; x++, output += OutputStride)
            {
                int inputX = (int)((long)x * InputExtents.Width / OutputExtents.Width);
                CopyRow.Invoke(inputRow + (long)inputX * InputStride, output, Channels);
            }
        }
    }
}

/// <summary><see cref="Device.ResizeBilinear"/>; the item is a row of output positions.</summary>
internal unsafe struct ResizeBilinearKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required VolumeExtents InputExtents;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents OutputExtents;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, _, int y) = OutputExtents.RowAt(row);
            (int upper, int lower, float down) = Neighbours(y, InputExtents.Height, OutputExtents.Height);
            float* upperRow = Input + InputExtents.Position(image, 0, upper, 0) * InputStride;
            float* lowerRow = Input + InputExtents.Position(image, 0, lower, 0) * InputStride;
            float* output = Output + (long)row * OutputExtents.Width * OutputStride;
            for (int x = 0; x < OutputExtents.Width; x++, output += OutputStride)
            {
                (int left, int right, float along) = Neighbours(x, InputExtents.Width, OutputExtents.Width);
                Blend<TVector>(
                    upperRow + (long)left * InputStride, upperRow + (long)right * InputStride,
                    lowerRow + (long)left * InputStride, lowerRow + (long)right * InputStride,
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
        for (int c = 0; c < Channels; c += TVector.Count)
        {
            int channels = Math.Min(Channels - c, TVector.Count);
            TVector above = TVector.MultiplyAdd(
                ChannelVector.Load<TVector>(upperRight + c, channels), right, ChannelVector.Load<TVector>(upperLeft + c, channels) * left);
            TVector below = TVector.MultiplyAdd(
                ChannelVector.Load<TVector>(lowerRight + c, channels), right, ChannelVector.Load<TVector>(lowerLeft + c, channels) * left);
            ChannelVector.Store(TVector.MultiplyAdd(below, lower, above * upper), output + c, channels);
        }
    }
}

using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>The extents of a tensor [N, (D,) H, W, C] with a depth of 1 where it has none.</summary>
internal readonly record struct VolumeExtents(int Images, int Depth, int Height, int Width)
{
    public static VolumeExtents Of(Shape shape) => new(shape[0], shape.Rank == 5 ? shape[1] : 1, shape[^3], shape[^2]);

    /// <summary>The number of a position.</summary>
    public long Position(int image, int z, int y, int x) => (((long)image * Depth + z) * Height + y) * Width + x;

    /// <summary>The image, depth and height of a row of positions along the width.</summary>
    public (int Image, int Z, int Y) RowAt(int row) => (row / Height / Depth, row / Height % Depth, row % Height);

    /// <summary>Rows of positions along the width.</summary>
    public int Rows => Images * Depth * Height;
}

/// <summary><see cref="Device.AveragePool"/>; the item is a row of output positions.</summary>
internal unsafe struct AveragePoolKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required VolumeExtents InputExtents;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents OutputExtents;
    public required Extent3 Window;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector scale = TVector.Broadcast(1f / (Window.Depth * Window.Height * Window.Width));
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = OutputExtents.RowAt(row);
            float* output = Output + (long)row * OutputExtents.Width * OutputStride;
            for (int x = 0; x < OutputExtents.Width; x++, output += OutputStride)
            {
                for (int c = 0; c < Channels; c += TVector.Count)
                {
                    int channels = Math.Min(Channels - c, TVector.Count);
                    TVector sum = TVector.Broadcast(0);
                    for (int dz = 0; dz < Window.Depth; dz++)
                    {
                        for (int dy = 0; dy < Window.Height; dy++)
                        {
                            long position = InputExtents.Position(
                                image, z * Window.Depth + dz, y * Window.Height + dy, x * Window.Width);
                            float* input = Input + position * InputStride + c;
                            for (int dx = 0; dx < Window.Width; dx++, input += InputStride)
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
    public required float* Input;
    public required int InputStride;
    public required VolumeExtents InputExtents;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents OutputExtents;
    public required int Kernel;
    public required int Stride;
    public required int Padding;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            (int image, _, int y) = OutputExtents.RowAt(row);
            int firstY = Math.Max(0, y * Stride - Padding);
            int endY = Math.Min(InputExtents.Height, y * Stride - Padding + Kernel);
            float* output = Output + (long)row * OutputExtents.Width * OutputStride;
            for (int x = 0; x < OutputExtents.Width; x++, output += OutputStride)
            {
                int firstX = Math.Max(0, x * Stride - Padding);
                int endX = Math.Min(InputExtents.Width, x * Stride - Padding + Kernel);
                for (int c = 0; c < Channels; c += TVector.Count)
                {
                    int channels = Math.Min(Channels - c, TVector.Count);
                    TVector largest = TVector.Broadcast(float.NegativeInfinity);
                    for (int inputY = firstY; inputY < endY; inputY++)
                    {
                        float* input = Input + InputExtents.Position(image, 0, inputY, firstX) * InputStride + c;
                        for (int inputX = firstX; inputX < endX; inputX++, input += InputStride)
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

/// <summary>The second half of <see cref="Device.GlobalAveragePool"/>: the blocks' means merged. The item is an image.</summary>
internal unsafe struct MergeMeansKernel : IVectorKernel
{
    public required PositionBlocks Blocks;
    public required float* Partial;
    public required int Channels;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int image = start; image < end; image++)
        {
            float* partial = Partial + (long)image * Blocks.Blocks * 2 * Channels;
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                int channels = Math.Min(Channels - c, TVector.Count);
                TVector mean = TVector.Broadcast(0);
                for (int block = 0; block < Blocks.Blocks; block++)
                {
                    TVector weight = TVector.Broadcast((float)Blocks.PositionsOf(block) / Blocks.Positions);
                    mean = TVector.MultiplyAdd(weight, ChannelVector.Load<TVector>(partial + (long)block * 2 * Channels + c, channels), mean);
                }

                ChannelVector.Store(mean, Output + (long)image * OutputStride + c, channels);
            }
        }
    }
}

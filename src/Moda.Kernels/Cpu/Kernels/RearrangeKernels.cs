using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.PixelShuffle"/>; the item is a row of output positions.</summary>
internal unsafe struct PixelShuffleKernel : IActivatedKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Output;
    public required int OutputStride;
    public required int InputWidth;
    public required int Factor;

    /// <summary>Channels of the output.</summary>
    public required int Channels;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        int area = Factor * Factor;
        int outputWidth = InputWidth * Factor;
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)(row / Factor) * InputWidth * InputStride + row % Factor * Factor;
            float* outputRow = Output + (long)row * outputWidth * OutputStride;
            float* output = outputRow;
            for (int x = 0; x < InputWidth; x++, input += InputStride)
            {
                for (int j = 0; j < Factor; j++, output += OutputStride)
                {
                    for (int c = 0; c < Channels; c++)
                    {
                        output[c] = input[c * area + j];
                    }
                }
            }

            if (OutputStride == Channels)
            {
                RowLoops.Map<TVector, TActivation>(outputRow, outputRow, outputWidth * Channels, activation);
                continue;
            }

            for (int x = 0; x < outputWidth; x++)
            {
                float* position = outputRow + (long)x * OutputStride;
                RowLoops.Map<TVector, TActivation>(position, position, Channels, activation);
            }
        }
    }
}

/// <summary><see cref="Device.ChannelsToDepth"/>; the item is a row of input positions.</summary>
internal unsafe struct ChannelsToDepthKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents OutputExtents;

    /// <summary>Channels of the output.</summary>
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int depth = OutputExtents.Depth;
        int width = OutputExtents.Width;
        for (int row = start; row < end; row++)
        {
            int image = row / OutputExtents.Height;
            int y = row % OutputExtents.Height;
            for (int z = 0; z < depth; z++)
            {
                float* input = Input + (long)row * width * InputStride + z;
                float* output = Output + OutputExtents.Position(image, z, y, 0) * OutputStride;
                for (int x = 0; x < width; x++, input += InputStride, output += OutputStride)
                {
                    for (int c = 0; c < Channels; c++)
                    {
                        output[c] = input[c * depth];
                    }
                }
            }
        }
    }
}

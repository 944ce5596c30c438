using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.ShiftAdd"/>; the item is a row of output positions.</summary>
internal unsafe struct ShiftAddKernel : IActivatedKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Output;
    public required int OutputStride;
    public required VolumeExtents Extents;
    public required int KernelHeight;
    public required int KernelWidth;

    /// <summary>Channels of the output.</summary>
    public required int Channels;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            int top = row % Extents.Height - KernelHeight / 2;
            int firstRow = Math.Max(0, -top);
            int lastRow = Math.Min(KernelHeight, Extents.Height - top);
            for (int x = 0; x < Extents.Width; x++)
            {
                int left = x - KernelWidth / 2;
                int first = Math.Max(0, -left);
                int last = Math.Min(KernelWidth, Extents.Width - left);
                float* corner = Input + ((long)(row - KernelHeight / 2) * Extents.Width + left) * InputStride;
                float* output = Output + ((long)row * Extents.Width + x) * OutputStride;
                for (int c = 0; c < Channels; c += TVector.Count)
                {
                    int count = Math.Min(TVector.Count, Channels - c);
                    TVector sum = TVector.Broadcast(0);
                    for (int i = firstRow; i < lastRow; i++)
                    {
                        float* line = corner + (long)i * Extents.Width * InputStride + i * KernelWidth * Channels + c;
                        for (int j = first; j < last; j++)
                        {
                            float* tap = line + j * (InputStride + Channels);
                            sum += ChannelVector.Load<TVector>(tap, count);
                        }
                    }

                    ChannelVector.Store(activation.Invoke(sum), output + c, count);
                }
            }
        }
    }
}

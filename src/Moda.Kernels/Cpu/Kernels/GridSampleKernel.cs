using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.GridSample"/>; the item is an output position.</summary>
internal unsafe struct GridSampleKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required VolumeExtents InputExtents;
    public required float* Grid;
    public required int GridStride;
    public required float* Output;
    public required int OutputStride;

    /// <summary>Output positions of one image.</summary>
    public required int Positions;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* grid = Grid + (long)row * GridStride;
            float* output = Output + (long)row * OutputStride;
            var x = new AxisSample(grid[0], InputExtents.Width);
            var y = new AxisSample(grid[1], InputExtents.Height);
            var z = new AxisSample(grid[2], InputExtents.Depth);
            if (x.IsOutside || y.IsOutside || z.IsOutside)
            {
                new Span<float>(output, Channels).Clear();
                continue;
            }

            Sample<TVector>(row / Positions, x, y, z, output);
        }
    }

    private readonly void Sample<TVector>(int image, in AxisSample x, in AxisSample y, in AxisSample z, float* output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* near0 = Input + InputExtents.Position(image, z.First, y.First, 0) * InputStride;
        float* near1 = Input + InputExtents.Position(image, z.First, y.Second, 0) * InputStride;
        float* far0 = Input + InputExtents.Position(image, z.Second, y.First, 0) * InputStride;
        float* far1 = Input + InputExtents.Position(image, z.Second, y.Second, 0) * InputStride;
        TVector nearWeight0 = TVector.Broadcast(z.FirstWeight * y.FirstWeight);
        TVector nearWeight1 = TVector.Broadcast(z.FirstWeight * y.SecondWeight);
        TVector farWeight0 = TVector.Broadcast(z.SecondWeight * y.FirstWeight);
        TVector farWeight1 = TVector.Broadcast(z.SecondWeight * y.SecondWeight);
        TVector leftWeight = TVector.Broadcast(x.FirstWeight);
        TVector rightWeight = TVector.Broadcast(x.SecondWeight);
        long left = (long)x.First * InputStride;
        long right = (long)x.Second * InputStride;
        for (int c = 0; c < Channels; c += TVector.Count, left += TVector.Count, right += TVector.Count)
        {
            int channels = Math.Min(Channels - c, TVector.Count);
            TVector leftSum = ChannelVector.Load<TVector>(near0 + left, channels) * nearWeight0;
            TVector rightSum = ChannelVector.Load<TVector>(near0 + right, channels) * nearWeight0;
            leftSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(near1 + left, channels), nearWeight1, leftSum);
            rightSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(near1 + right, channels), nearWeight1, rightSum);
            leftSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far0 + left, channels), farWeight0, leftSum);
            rightSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far0 + right, channels), farWeight0, rightSum);
            leftSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far1 + left, channels), farWeight1, leftSum);
            rightSum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far1 + right, channels), farWeight1, rightSum);
            ChannelVector.Store(TVector.MultiplyAdd(rightSum, rightWeight, leftSum * leftWeight), output + c, channels);
        }
    }
}

using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Pooling over windows: a thread for each output element.</summary>
internal sealed class PoolingKernels(Accelerator accelerator)
{
    private readonly Kernel<AverageArguments> average = new(accelerator, Average);
    private readonly Kernel<MaximumArguments> maximum = new(accelerator, Maximum);

    /// <summary><see cref="Device.AveragePool"/>.</summary>
    public void AveragePool(IlgpuQueue queue, Tensor input, Extent3 window, Tensor output)
    {
        // The depth of a map [N, H, W, C] is 1, and so is that of its window.
        bool isVolume = input.Shape.Rank == 5;
        Extent3 used = isVolume ? window : window with { Depth = 1 };
        queue.LaunchForElements(average, output.Shape.ElementCount, new AverageArguments(input, used, output));
    }

    /// <summary><see cref="Device.MaxPool"/>.</summary>
    public void MaxPool(IlgpuQueue queue, Tensor input, int kernel, int stride, int padding, Tensor output) =>
        queue.LaunchForElements(maximum, output.Shape.ElementCount, new MaximumArguments(input, kernel, stride, padding, output));

    private static void Average(AverageArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, a.Depth / a.WindowDepth, a.Height / a.WindowHeight, a.Width / a.WindowWidth);
            float sum = 0;
            for (int dz = 0; dz < a.WindowDepth; dz++)
            {
                long plane = (to.Element * a.Depth) + (to.Z * a.WindowDepth) + dz;
                for (int dy = 0; dy < a.WindowHeight; dy++)
                {
                    for (int dx = 0; dx < a.WindowWidth; dx++)
                    {
                        long row = VoxelPosition.RowOf(plane, (to.Y * a.WindowHeight) + dy, (to.X * a.WindowWidth) + dx, a.Height, a.Width);
                        sum += a.Input.Load(row, at.Column);
                    }
                }
            }

            a.Output.Store(at, sum / (a.WindowDepth * a.WindowHeight * a.WindowWidth));
        }
    }

    private static void Maximum(MaximumArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.OutputHeight, a.OutputWidth);
            float largest = float.NegativeInfinity;
            for (int dy = 0; dy < a.Kernel; dy++)
            {
                int y = (to.Y * a.Stride) - a.Padding + dy;
                for (int dx = 0; dx < a.Kernel; dx++)
                {
                    int x = (to.X * a.Stride) - a.Padding + dx;
                    if (y >= 0 && y < a.Height && x >= 0 && x < a.Width)
                    {
                        largest = MathF.Max(largest, a.Input.Load(VoxelPosition.RowOf(to.Element, y, x, a.Height, a.Width), at.Column));
                    }
                }
            }

            a.Output.Store(at, largest);
        }
    }

    /// <summary>A volume [N, D, H, W, C] or a map, and a window that divides it.</summary>
    internal readonly struct AverageArguments(Tensor input, Extent3 window, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly OutputView Output = new(output);
        public readonly int Depth = Extent3.OfSpatialAxes(input.Shape).Depth;
        public readonly int Height = input.Shape[^3];
        public readonly int Width = input.Shape[^2];
        public readonly int WindowDepth = window.Depth;
        public readonly int WindowHeight = window.Height;
        public readonly int WindowWidth = window.Width;
    }

    /// <summary>A map [N, H, W, C] and a square window.</summary>
    internal readonly struct MaximumArguments(Tensor input, int kernel, int stride, int padding, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly OutputView Output = new(output);
        public readonly int Height = input.Shape[1];
        public readonly int Width = input.Shape[2];
        public readonly int OutputHeight = output.Shape[1];
        public readonly int OutputWidth = output.Shape[2];
        public readonly int Kernel = kernel;
        public readonly int Stride = stride;
        public readonly int Padding = padding;
    }
}

using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Resizing and rearranging of channels-last maps: a thread for each output element.</summary>
internal sealed class SpatialKernels(Accelerator accelerator)
{
    private readonly Kernel<PlaneArguments> resizeNearest = new(accelerator, ResizeNearestPlanes);
    private readonly Kernel<PlaneArguments> resizeBilinear = new(accelerator, ResizeBilinearPlanes);
    private readonly Kernel<PlaneArguments> pixelShuffle = new(accelerator, PixelShufflePlanes);
    private readonly Kernel<PlaneArguments> channelsToDepth = new(accelerator, ChannelsToDepthPlanes);
    private readonly Kernel<ShiftAddArguments> shiftAdd = new(accelerator, ShiftAddPlanes);

    /// <summary><see cref="Device.ResizeNearest"/>.</summary>
    public void ResizeNearest(IlgpuQueue queue, Tensor input, Tensor output) =>
        queue.LaunchForElements(resizeNearest, output.Shape.ElementCount, new PlaneArguments(input, Activation.None, output));

    /// <summary><see cref="Device.ResizeBilinear"/>.</summary>
    public void ResizeBilinear(IlgpuQueue queue, Tensor input, Tensor output) =>
        queue.LaunchForElements(resizeBilinear, output.Shape.ElementCount, new PlaneArguments(input, Activation.None, output));

    /// <summary><see cref="Device.PixelShuffle"/>.</summary>
    public void PixelShuffle(IlgpuQueue queue, Tensor input, Activation activation, Tensor output) =>
        queue.LaunchForElements(pixelShuffle, output.Shape.ElementCount, new PlaneArguments(input, activation, output));

    /// <summary><see cref="Device.ChannelsToDepth"/>.</summary>
    public void ChannelsToDepth(IlgpuQueue queue, Tensor input, Tensor output) =>
        queue.LaunchForElements(channelsToDepth, output.Shape.ElementCount, new PlaneArguments(input, Activation.None, output));

    /// <summary><see cref="Device.ShiftAdd"/>.</summary>
    public void ShiftAdd(IlgpuQueue queue, Tensor input, int height, int width, Activation activation, Tensor output) =>
        queue.LaunchForElements(shiftAdd, output.Shape.ElementCount, new ShiftAddArguments(input, height, width, activation, output));

    // Output (y, x) reads (floor(y H / H'), floor(x W / W')).
    private static void ResizeNearestPlanes(PlaneArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.OutputHeight, a.OutputWidth);
            int y = (int)((long)to.Y * a.Height / a.OutputHeight);
            int x = (int)((long)to.X * a.Width / a.OutputWidth);
            a.Output.Store(at, a.Input.Load(VoxelPosition.RowOf(to.Element, y, x, a.Height, a.Width), at.Column));
        }
    }

    private static void ResizeBilinearPlanes(PlaneArguments a)
    {
        float stepY = a.OutputHeight > 1 ? (float)(a.Height - 1) / (a.OutputHeight - 1) : 0;
        float stepX = a.OutputWidth > 1 ? (float)(a.Width - 1) / (a.OutputWidth - 1) : 0;
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.OutputHeight, a.OutputWidth);
            float placeY = stepY * to.Y;
            float placeX = stepX * to.X;
            int y0 = Math.Min((int)placeY, a.Height - 1);
            int x0 = Math.Min((int)placeX, a.Width - 1);
            int y1 = Math.Min(y0 + 1, a.Height - 1);
            int x1 = Math.Min(x0 + 1, a.Width - 1);
            float fractionY = placeY - y0;
            float fractionX = placeX - x0;
            float top = a.InputAt(to.Element, y0, x0, at.Column) * (1 - fractionX) + (a.InputAt(to.Element, y0, x1, at.Column) * fractionX);
            float bottom = a.InputAt(to.Element, y1, x0, at.Column) * (1 - fractionX) + (a.InputAt(to.Element, y1, x1, at.Column) * fractionX);
            a.Output.Store(at, (top * (1 - fractionY)) + (bottom * fractionY));
        }
    }

    // Channel c f^2 + i f + j of (y, x) goes to channel c of (y f + i, x f + j).
    private static void PixelShufflePlanes(PlaneArguments a)
    {
        int factor = a.OutputHeight / a.Height;
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.OutputHeight, a.OutputWidth);
            int channel = (((at.Column * factor) + (to.Y % factor)) * factor) + (to.X % factor);
            a.Output.Store(at, a.Activation.Apply(a.InputAt(to.Element, to.Y / factor, to.X / factor, channel)));
        }
    }

    // Channel c D + d of (y, x) goes to channel c of (d, y, x).
    private static void ChannelsToDepthPlanes(PlaneArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, a.OutputDepth, a.Height, a.Width);
            a.Output.Store(at, a.InputAt(to.Element, to.Y, to.X, (at.Column * a.OutputDepth) + to.Z));
        }
    }

    // Tap (i, j) of the kernel is channels (i width + j) C + c of the position that it reads.
    private static void ShiftAddPlanes(ShiftAddArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.Height, a.Width);
            float sum = 0;
            for (int i = 0; i < a.KernelHeight; i++)
            {
                int y = to.Y + i - (a.KernelHeight / 2);
                for (int j = 0; j < a.KernelWidth; j++)
                {
                    int x = to.X + j - (a.KernelWidth / 2);
                    if (y >= 0 && y < a.Height && x >= 0 && x < a.Width)
                    {
                        int channel = (((i * a.KernelWidth) + j) * a.Output.Channels) + at.Column;
                        sum += a.Input.Load(VoxelPosition.RowOf(to.Element, y, x, a.Height, a.Width), channel);
                    }
                }
            }

            a.Output.Store(at, a.Activation.Apply(sum));
        }
    }

    /// <summary>Maps [planes, H, W, C], or a volume as output.</summary>
    internal readonly struct PlaneArguments(Tensor input, Activation activation, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
        public readonly int Height = input.Shape[^3];
        public readonly int Width = input.Shape[^2];
        public readonly int OutputDepth = Extent3.OfSpatialAxes(output.Shape).Depth;
        public readonly int OutputHeight = output.Shape[^3];
        public readonly int OutputWidth = output.Shape[^2];

        public float InputAt(long plane, int y, int x, int channel) => Input.Load(VoxelPosition.RowOf(plane, y, x, Height, Width), channel);
    }

    /// <summary>The contributions of taps [N, D, H, W, T C], and their sums.</summary>
    internal readonly struct ShiftAddArguments(Tensor input, int kernelHeight, int kernelWidth, Activation activation, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
        public readonly int Height = input.Shape[^3];
        public readonly int Width = input.Shape[^2];
        public readonly int KernelHeight = kernelHeight;
        public readonly int KernelWidth = kernelWidth;
    }
}

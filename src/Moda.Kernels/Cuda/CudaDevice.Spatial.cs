using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output)
    {
        const int Threads = 256;
        using ContextScope scope = context.Enter();
        int batch = input.Shape[0];
        long positions = input.Rows / batch;
        ulong norms = scratch.Rent((long)batch * input.Channels * sizeof(float));

        var first = new KernelArguments();
        first.AddTensor(input);
        first.Add(input.Channels).Add(positions).AddPointer(norms);
        Launch(kernels.Spatial.ChannelNorms, SpatialKernels.ForNorms(input.Channels, batch), in first);

        (CudaFunction respond, int lanes) = kernels.Spatial.GlobalResponseNorm.For(input, gamma, beta, output);
        var second = new KernelArguments();
        second.AddTensor(input);
        second.AddPointer(norms);
        second.AddVector(gamma);
        second.AddVector(beta);
        second.AddTensor(output);
        second.Add(input.Channels).Add(positions);
        LaunchConfiguration elements = LaunchConfiguration.ForElements(positions * (input.Channels / lanes), Threads);
        Launch(respond, elements with { Grid = new LaunchExtents(elements.Grid.X, batch) }, in second);
    }

    /// <inheritdoc/>
    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output)
    {
        using ContextScope scope = context.Enter();
        bool isVolume = input.Shape.Rank == 5;
        (CudaFunction pool, int lanes) = kernels.Spatial.AveragePool.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(isVolume ? input.Shape[1] : 1).Add(input.Shape[^3]).Add(input.Shape[^2]);
        arguments.Add(isVolume ? window.Depth : 1).Add(window.Height).Add(window.Width);
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(count);
        LaunchForElements(pool, count, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void GlobalAveragePool(Tensor input, Tensor output)
    {
        using ContextScope scope = context.Enter();
        int batch = input.Shape[0];
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Channels).Add((long)(input.Rows / batch));
        arguments.AddTensor(output);
        Launch(kernels.Spatial.GlobalAveragePool, SpatialKernels.ForReduction(input.Channels, batch), in arguments);
    }

    /// <inheritdoc/>
    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[1]).Add(input.Shape[2]).Add(kernel).Add(stride).Add(padding);
        AddPlane(ref arguments, output);
        LaunchForElements(kernels.Spatial.MaxPool, output.Shape.ElementCount, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void ResizeNearest(Tensor input, Tensor output) => Resize(kernels.Spatial.ResizeNearest, input, output);

    /// <inheritdoc/>
    protected internal override void ResizeBilinear(Tensor input, Tensor output) => Resize(kernels.Spatial.ResizeBilinear, input, output);

    /// <inheritdoc/>
    protected internal override void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        (CudaFunction sum, int lanes) = kernels.Spatial.SumTaps.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(height).Add(width).Add(output.Shape[2]).Add(output.Shape[3]);
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(count);
        arguments.AddActivation(activation);
        LaunchForElements(sum, count, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(factor);
        AddPlane(ref arguments, output);
        arguments.AddActivation(activation);
        LaunchForElements(kernels.Spatial.PixelShuffle, output.Shape.ElementCount, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void ChannelsToDepth(Tensor input, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(output.Shape[1]).Add((long)input.Shape[1] * input.Shape[2]);
        arguments.AddOutput(output);
        LaunchForElements(kernels.Spatial.ChannelsToDepth, output.Shape.ElementCount, in arguments);
    }

    private static void AddPlane(ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Shape[^3]).Add(output.Shape[^2]).Add(output.Channels).Add(output.Shape.ElementCount);
    }

    private void Resize(CudaFunction kernel, Tensor input, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[^3]).Add(input.Shape[^2]);
        AddPlane(ref arguments, output);
        LaunchForElements(kernel, output.Shape.ElementCount, in arguments);
    }
}

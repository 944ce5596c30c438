using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Response norms, pooling, resizing and rearranging of maps: <c>spatial.cu</c>.</summary>
internal sealed class SpatialKernels(CudaModule module)
{
    private const int Threads = 256;

    private readonly CudaFunction channelNorms = module.GetFunction("channel_norms");
    private readonly WideKernel globalResponseNorm = new(module, "global_response_norm");
    private readonly WideKernel averagePool = new(module, "average_pool");
    private readonly CudaFunction globalAveragePool = module.GetFunction("global_average_pool");
    private readonly CudaFunction maxPool = module.GetFunction("max_pool");
    private readonly CudaFunction resizeNearest = module.GetFunction("resize_nearest");
    private readonly CudaFunction resizeBilinear = module.GetFunction("resize_bilinear");
    private readonly WideKernel shiftAdd = new(module, "shift_add", "shift_add_by_two", wideLanes: 2);
    private readonly CudaFunction pixelShuffle = module.GetFunction("pixel_shuffle");
    private readonly CudaFunction channelsToDepth = module.GetFunction("channels_to_depth");

    /// <summary><see cref="Device.GlobalResponseNorm"/>.</summary>
    public void GlobalResponseNorm(CudaQueue queue, Tensor input, Tensor gamma, Tensor beta, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        int batch = input.Shape[0];
        long positions = input.Rows / batch;
        ulong norms = queue.Scratch.Rent((long)batch * input.Channels * sizeof(float));

        var first = new KernelArguments();
        first.AddTensor(input);
        first.Add(input.Channels).Add(positions).AddPointer(norms);
        queue.Launch(channelNorms, ChannelReduction.ForAllPositions(input.Channels, batch), in first);

        (CudaFunction respond, int lanes) = globalResponseNorm.For(input, gamma, beta, output);
        var second = new KernelArguments();
        second.AddTensor(input);
        second.AddPointer(norms);
        second.AddVector(gamma);
        second.AddVector(beta);
        second.AddTensor(output);
        second.Add(input.Channels).Add(positions);
        LaunchConfiguration elements = LaunchConfiguration.ForElements(positions * (input.Channels / lanes), Threads);
        queue.Launch(respond, elements with { Grid = new LaunchExtents(elements.Grid.X, batch) }, in second);
    }

    /// <summary><see cref="Device.AveragePool"/>.</summary>
    public void AveragePool(CudaQueue queue, Tensor input, Extent3 window, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        bool isVolume = input.Shape.Rank == 5;
        (CudaFunction pool, int lanes) = averagePool.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(isVolume ? input.Shape[1] : 1).Add(input.Shape[^3]).Add(input.Shape[^2]);
        arguments.Add(isVolume ? window.Depth : 1).Add(window.Height).Add(window.Width);
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(count);
        queue.LaunchForElements(pool, count, in arguments);
    }

    /// <summary><see cref="Device.GlobalAveragePool"/>.</summary>
    public void GlobalAveragePool(CudaQueue queue, Tensor input, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        int batch = input.Shape[0];
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Channels).Add((long)(input.Rows / batch));
        arguments.AddTensor(output);
        queue.Launch(globalAveragePool, ChannelReduction.For(input.Channels, batch), in arguments);
    }

    /// <summary><see cref="Device.MaxPool"/>.</summary>
    public void MaxPool(CudaQueue queue, Tensor input, int kernel, int stride, int padding, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[1]).Add(input.Shape[2]).Add(kernel).Add(stride).Add(padding);
        arguments.AddPlaneOutput(output);
        queue.LaunchForElements(maxPool, output.Shape.ElementCount, in arguments);
    }

    /// <summary><see cref="Device.ResizeNearest"/>.</summary>
    public void ResizeNearest(CudaQueue queue, Tensor input, Tensor output) => Resize(queue, resizeNearest, input, output);

    /// <summary><see cref="Device.ResizeBilinear"/>.</summary>
    public void ResizeBilinear(CudaQueue queue, Tensor input, Tensor output) => Resize(queue, resizeBilinear, input, output);

    /// <summary><see cref="Device.ShiftAdd"/>.</summary>
    public void ShiftAdd(CudaQueue queue, Tensor input, int height, int width, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        (CudaFunction sum, int lanes) = shiftAdd.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(height).Add(width).Add(output.Shape[2]).Add(output.Shape[3]);
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(count);
        arguments.AddActivation(activation);
        queue.LaunchForElements(sum, count, in arguments);
    }

    /// <summary><see cref="Device.PixelShuffle"/>.</summary>
    public void PixelShuffle(CudaQueue queue, Tensor input, int factor, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(factor);
        arguments.AddPlaneOutput(output);
        arguments.AddActivation(activation);
        queue.LaunchForElements(pixelShuffle, output.Shape.ElementCount, in arguments);
    }

    /// <summary><see cref="Device.ChannelsToDepth"/>.</summary>
    public void ChannelsToDepth(CudaQueue queue, Tensor input, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(output.Shape[1]).Add((long)input.Shape[1] * input.Shape[2]);
        arguments.AddOutput(output);
        queue.LaunchForElements(channelsToDepth, output.Shape.ElementCount, in arguments);
    }

    private static void Resize(CudaQueue queue, CudaFunction kernel, Tensor input, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[^3]).Add(input.Shape[^2]);
        arguments.AddPlaneOutput(output);
        queue.LaunchForElements(kernel, output.Shape.ElementCount, in arguments);
    }
}

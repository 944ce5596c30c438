using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Convolutions without tensor cores, in float32 arithmetic: <c>convolution_simt.cu</c>.</summary>
internal sealed class DirectConvolution(CudaModule module)
{
    private const int Threads = 256;

    private readonly CudaFunction simt = module.GetFunction("convolution_simt");
    private readonly CudaFunction depthwise = module.GetFunction("convolution_depthwise");
    private readonly CudaFunction depthwise7x7 = module.GetFunction("convolution_depthwise_7x7");
    private readonly CudaFunction narrow = module.GetFunction("convolution_narrow");

    /// <summary>Carries out a convolution. The context must be entered.</summary>
    public void Convolve(CudaQueue queue, Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output)
    {
        ConvolutionChoice choice = weights.Choice;
        ConvolutionGeometry geometry = weights.Geometry;
        bool isDepthwise = choice.Method == ConvolutionMethod.Depthwise;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddPointer(weights.Weight)
            .Add(ConvolutionArguments.Geometry(geometry, choice, Extent3.OfSpatialAxes(input.Shape), Extent3.OfSpatialAxes(output.Shape)))
            .Add(ConvolutionArguments.Epilogue(weights, epilogue, output));
        arguments.AddTensor(output);
        if (isDepthwise && DepthwiseStrips.Fit(geometry, input, output))
        {
            long strips = DepthwiseStrips.Count(output);
            arguments.Add(strips);
            queue.Launch(depthwise7x7, LaunchConfiguration.ForElements(strips, DepthwiseStrips.Threads), in arguments);
            return;
        }

        arguments.Add(isDepthwise ? output.Shape.ElementCount : output.Rows);
        (CudaFunction kernel, LaunchConfiguration configuration) = choice.Method switch
        {
            ConvolutionMethod.Depthwise => (depthwise, LaunchConfiguration.ForElements(output.Shape.ElementCount)),
            ConvolutionMethod.Narrow => (narrow, new(new LaunchExtents(output.Rows, output.Channels), new LaunchExtents(Threads))),
            _ => (simt, ForTiles(choice, geometry, output)),
        };
        queue.Launch(kernel, configuration, in arguments);
    }

    private static LaunchConfiguration ForTiles(ConvolutionChoice choice, ConvolutionGeometry geometry, Tensor output) => new(
        new LaunchExtents(
            Division.RoundUp(output.Rows, choice.TileRows),
            choice.PaddedOutputs / choice.TileColumns,
            geometry.Groups),
        new LaunchExtents(Threads));
}

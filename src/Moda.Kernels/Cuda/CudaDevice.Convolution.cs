using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private const int ConvolutionThreads = 256;
    private const int CopyBytes = 16;

    /// <inheritdoc/>
    protected internal override void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        var packed = (CudaConvolutionWeights)weights;
        if (packed.Product is { } product)
        {
            Linear(input, product, epilogue, output, batch);
            return;
        }

        ConvolutionChoice choice = packed.Choice;
        if (choice.FindFault(packed.Geometry, output.Rows) is { } fault)
        {
            throw new NotSupportedException($"{Name} can't convolve {input.Shape} to {output.Shape}: {fault}.");
        }

        using ContextScope scope = context.Enter();
        if (choice.Method == ConvolutionMethod.TensorCores)
        {
            ConvolveOnTensorCores(input, packed, epilogue, output, batch);
            return;
        }

        if (choice.Method == ConvolutionMethod.Warpgroups)
        {
            ConvolveByWarpgroups(input, packed, epilogue, output, batch);
            return;
        }

        KernelConvolutionGeometry geometry =
            GeometryOf(packed.Geometry, choice, SpatialExtent(input.Shape), SpatialExtent(output.Shape));
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddPointer(packed.Weight).Add(geometry).Add(EpilogueOf(packed, epilogue, output));
        arguments.AddTensor(output);
        if (choice.Method == ConvolutionMethod.Depthwise && DepthwiseStrips.Fit(packed.Geometry, input, output))
        {
            long strips = DepthwiseStrips.Count(output);
            arguments.Add(strips);
            Launch(kernels.Convolution.Depthwise7x7, LaunchConfiguration.ForElements(strips, DepthwiseStrips.Threads), in arguments);
            return;
        }

        arguments.Add(choice.Method == ConvolutionMethod.Depthwise ? output.Shape.ElementCount : output.Rows);
        Launch(KernelOf(choice), ConfigurationOf(choice, packed.Geometry, output), in arguments);
    }

    /// <summary>Whether each group of each position begins where 16 bytes can be copied at once.</summary>
    private static bool HasAlignedRows(Tensor input, ConvolutionGeometry geometry)
    {
        int size = input.Type.SizeInBytes();
        return input.Address() % CopyBytes == 0
            && (input.RowStride * size) % CopyBytes == 0
            && (geometry.Groups == 1 || (geometry.InputChannels / geometry.Groups * size) % CopyBytes == 0);
    }

    private static KernelConvolutionGeometry GeometryOf(ConvolutionGeometry geometry, ConvolutionChoice choice, Extent3 input, Extent3 output) => new()
    {
        Input = input,
        Output = output,
        Kernel = geometry.Kernel,
        Stride = geometry.Stride,
        Padding = geometry.Padding,
        Upsample = geometry.Upsample,
        Groups = geometry.Groups,
        InputChannels = geometry.InputChannels / geometry.Groups,
        OutputChannels = geometry.OutputChannels / geometry.Groups,
        PaddedInputChannels = choice.PaddedInputs,
        PaddedOutputChannels = choice.PaddedOutputs,
    };

    private static Extent3 SpatialExtent(Shape shape) => new(
        shape.Rank == 5 ? shape[1] : 1,
        shape.Rank >= 4 ? shape[^3] : 1,
        shape[^2]);

    private static KernelConvolutionEpilogue EpilogueOf(CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output) => new()
    {
        Bias = weights.Bias,
        Gate = epilogue.Gate?.Address() ?? 0,
        GateStride = epilogue.Gate?.RowStride ?? 0,
        GateRows = epilogue.Gate?.Rows ?? 1,
        GateBroadcast = epilogue.Gate is { } gate ? BroadcastOf(gate, output.Shape) : BroadcastKind.Same,
        Residual = epilogue.Residual?.Address() ?? 0,
        ResidualStride = epilogue.Residual?.RowStride ?? 0,
        Activation = (int)epilogue.Activation.Kind,
        Slope = epilogue.Activation.Slope,
    };

    private static LaunchConfiguration ConfigurationOf(ConvolutionChoice choice, ConvolutionGeometry geometry, Tensor output) => choice.Method switch
    {
        ConvolutionMethod.Depthwise => LaunchConfiguration.ForElements(output.Shape.ElementCount),
        ConvolutionMethod.Narrow => new(new LaunchExtents(output.Rows, output.Channels), new LaunchExtents(ConvolutionThreads)),
        _ => new(
            new LaunchExtents(
                (output.Rows + choice.TileRows - 1) / choice.TileRows,
                choice.PaddedOutputs / choice.TileColumns,
                geometry.Groups),
            new LaunchExtents(ConvolutionThreads)),
    };

    private CudaFunction KernelOf(ConvolutionChoice choice) => choice.Method switch
    {
        ConvolutionMethod.Depthwise => kernels.Convolution.Depthwise,
        ConvolutionMethod.Narrow => kernels.Convolution.Narrow,
        _ => kernels.Convolution.Simt,
    };
}
